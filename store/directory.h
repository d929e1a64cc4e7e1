/* Who is who: agencies, their units, officers with role and phone, and from when to when (Decision 115/2025/QĐ-UBND art. 9, 18). Comes from a file
 * (libconfig; firmware-host/directory_file.h reads it), is kept in the database, and is replaced as a whole: what isn't in the new file ends at once,
 * rows stay for the cases that name them. Names and numbers of officers are sealed. */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "store/case_rules.h"

/* symbol, the word in the file */
/* clang-format off */
#define AGENCY_KIND_TABLE(X) \
    X(AGENCY_AGENCY,  "agency") \
    X(AGENCY_UNIT,    "unit")    /* of an agency: handles cases, has no intake */ \
    X(AGENCY_COMMUNE, "commune") /* the one kind that is a place too */ \
    X(AGENCY_CENTRE,  "centre")  /* ttpvhcc; exactly one */ \
    X(AGENCY_OFFICE,  "office")  /* vp_ubnd; one at most */
/* clang-format on */
#define X(symbol, word) symbol,
enum agency_kind { AGENCY_KIND_TABLE(X) AGENCY_KIND_COUNT };
#undef X
const char *agency_kind_name(enum agency_kind kind);
enum { AGENCY_NAME_MAX = 27, AGENCY_KEY_MAX = 31, FIELD_NAME_MAX = 20, OFFICERS_OF_ROLE_MAX = 32 };

struct agency {
    int64_t id, parent_id; /* a unit's agency; 0 */
    char *key; /* "so-xd": [a-z0-9-], unique; files and commands use it */
    enum agency_kind kind;
    char *name; /* without accents, at most 27 GSM 7-bit characters: what fits the texts */
    char *name_accented;
    char *match; /* other names that citizens write, folded, separated by "|"; NULL */
    bool active;
};
void agency_release(struct agency *a);
MUST_CHECK enum err agency_get(struct store *s, int64_t id, struct agency *ret_agency); /* ERR_NOT_FOUND; ended ones too */
MUST_CHECK enum err agency_find(struct store *s, const char *key, struct agency *ret_agency); /* active ones */
MUST_CHECK enum err agency_of_kind(struct store *s, enum agency_kind kind, struct agency *ret_agency); /* the first active one */
typedef void agency_each(void *context, const struct agency *a);
MUST_CHECK enum err agency_list(struct store *s, agency_each *each, void *context); /* active ones */

struct officer {
    int64_t id, agency_id;
    char *key; /* "nv.an": commands and events name it */
    char *name; /* sealed */
    struct phone phone; /* sealed; PHONE_NONE: no phone, no texts */
    int64_t subscriber_id; /* of the phone; 0 */
    enum case_role role; /* ROLE_INTAKE … ROLE_HEAD */
    int32_t from_day, until_day; /* valid on these days and between; 0: open */
};
void officer_release(struct officer *o);
MUST_CHECK enum err officer_get(struct store *s, int64_t id, struct officer *ret_officer); /* ended ones too */
MUST_CHECK enum err officer_find(struct store *s, const char *key, int32_t today, struct officer *ret_officer); /* valid today; ERR_NOT_FOUND */
MUST_CHECK enum err officer_by_subscriber(struct store *s, int64_t subscriber_id, int32_t today, struct officer *ret_officer); /* ERR_NOT_FOUND */
typedef void officer_each(void *context, const struct officer *o);
/* All that the newest directory has, valid today or not. */
MUST_CHECK enum err officer_list_all(struct store *s, officer_each *each, void *context);
/* Ids alone, of those of one role in an agency who are valid today and have a phone; unseals nothing. At most OFFICERS_OF_ROLE_MAX. */
MUST_CHECK enum err officer_reachable(struct store *s, int64_t agency_id, enum case_role role, int32_t today, int64_t ret_ids[OFFICERS_OF_ROLE_MAX],
                                      size_t *ret_count);

/* Fields of the province (art. 5): what a case is about. The list inside the program stands where the directory has none. */
struct field {
    const char *key; /* "moi-truong" */
    const char *name; /* "moi truong": at most 20 GSM 7-bit characters */
    const char *words; /* folded, separated by "|"; NULL */
};
typedef void field_each(void *context, const struct field *f);
MUST_CHECK enum err field_list(struct store *s, field_each *each, void *context);
/* The name of a field; *ret_name must be freed. ERR_NOT_FOUND: the list doesn't have it. */
MUST_CHECK enum err field_name(struct store *s, const char *key, char **ret_name);

/* ---- what a text speaks of ---- */

struct directory_hint { /* suggestions for routing and reminders: nothing is decided by them */
    int64_t agency_id; /* the agency that it names, else the commune; 0: none */
    int64_t commune_id; /* 0: none */
    const char *field; /* the key of the field whose words it has most of; NULL. Good until the directory changes */
};
/* Whole words, without accents and case; the longest name wins, one that two agencies share says nothing. From an index in memory that is made
 * anew when the directory has changed: some ten microseconds for an SMS. */
MUST_CHECK enum err directory_match(struct store *s, const char *text, struct directory_hint *ret_hint);

/* ---- the file ---- */

struct directory_text { /* as typed */
    char *text; /* NULL: it isn't there */
    int line; /* of the file; 0: unknown */
};
struct directory_agency {
    struct directory_text key, kind, parent, name, name_accented, match; /* match: alternatives, separated by "|" */
    int line;
};
struct directory_officer {
    struct directory_text key, name, phone, role, agency, from, until; /* days: YYYY-MM-DD */
    int line;
};
struct directory_field {
    struct directory_text key, name, words; /* words: separated by "|" */
    int line;
};
struct directory { /* a file as it was parsed, nothing of it checked */
    char *file; /* its name, for problems */
    struct directory_agency *agencies;
    struct directory_officer *officers;
    struct directory_field *fields;
    size_t agency_count, officer_count, field_count;
};
void directory_free(struct directory *d); /* NULL is fine */
enum { DIRECTORY_AGENCIES_MAX = 4000, DIRECTORY_OFFICERS_MAX = 5000, DIRECTORY_FIELDS_MAX = 100 };

/* Every problem, a line each: `directory.conf:41: officers[3].agency: unknown agency "so-xdd" (known: …)`. ERR_INVALID: there is one. */
MUST_CHECK enum err directory_check(const struct directory *d, struct str *problems);

/* Replaces the directory by the file's content; in a transaction. ERR_INVALID: directory_check says why, nothing is changed. A directory that is the
 * same already gets no new version. Else STORE_DIRECTORY_VERSION rises by one, and the central store is told (vn.pakn.directory.version). */
MUST_CHECK enum err directory_import(struct store *s, const struct directory *d, int64_t now, struct str *problems);

#endif
