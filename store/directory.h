/* Who is who: agencies, their units, officers with role and phone, and from when to when. Comes from a file (libconfig), is kept in the database, and
 * is replaced as a whole: what isn't in the new file ends today, rows stay for the cases that name them. Names and numbers of officers are sealed. */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "store/case_rules.h"

enum agency_kind {
    AGENCY_AGENCY,
    AGENCY_UNIT,
    AGENCY_COMMUNE,
    AGENCY_CENTRE,
    AGENCY_OFFICE
}; /* centre: ttpvhcc, office: vp_ubnd; one of each at most */
enum { AGENCY_NAME_MAX = 27, AGENCY_KEY_MAX = 31 };

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
MUST_CHECK enum err agency_list(struct store *s, agency_each *each, void *context);

struct officer {
    int64_t id, agency_id;
    char *key; /* "nv.an": unique; commands and events name it */
    char *name; /* sealed */
    struct phone phone; /* sealed */
    int64_t subscriber_id; /* of the phone */
    enum case_role role; /* ROLE_INTAKE … ROLE_HEAD */
    int32_t from_day, until_day; /* valid on these days and between; 0: open */
};
void officer_release(struct officer *o);
MUST_CHECK enum err officer_get(struct store *s, int64_t id, struct officer *ret_officer);
MUST_CHECK enum err officer_find(struct store *s, const char *key, int32_t today, struct officer *ret_officer); /* valid today; ERR_NOT_FOUND */
MUST_CHECK enum err officer_by_subscriber(struct store *s, int64_t subscriber_id, int32_t today, struct officer *ret_officer); /* ERR_NOT_FOUND */
typedef void officer_each(void *context, const struct officer *o);
/* Valid today. agency_id 0: of all agencies; role ROLE_COUNT: all roles. */
MUST_CHECK enum err officer_list(struct store *s, int64_t agency_id, enum case_role role, int32_t today, officer_each *each, void *context);

/* Replaces the directory by the parsed file's content; in a transaction. ERR_INVALID with every problem in `problems`, a line each
 * ("directory.conf:41: …"): nothing is changed then. */
struct directory; /* a parsed file */
MUST_CHECK enum err directory_import(struct store *s, const struct directory *d, int64_t now, struct str *problems);

#endif
