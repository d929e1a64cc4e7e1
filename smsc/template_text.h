/* The inside of the texts, shared by the files that render, check and read them. */
#ifndef SMSC_TEMPLATE_TEXT_H
#define SMSC_TEMPLATE_TEXT_H

#include "smsc/templates.h"

struct templates {
    const char *form[TEMPLATE_COUNT][2]; /* without, with accents (NULL: there's none) */
    char *owned[TEMPLATE_COUNT][2]; /* those of the operator's own */
};

enum variable_kind { VARIABLE_SETTING, VARIABLE_FIXED, VARIABLE_REST, VARIABLE_FREE };

extern const struct variable_row {
    const char *name;
    enum variable_kind kind;
    size_t longest;
    bool needed;
} variable_rows[VARIABLE_COUNT];

struct template_piece { /* literal text, and the variable that stands behind it */
    const char *literal;
    size_t len;
    const char *name; /* what stands between the braces; NULL: the form ends here */
    size_t name_len; /* up to the end of the form when there's no closing brace */
    bool closed;
    enum variable variable; /* VARIABLE_COUNT: none is called so */
};
/* The next piece of a form; *at moves on, NULL behind the last. */
struct template_piece template_piece(const char **at);

/* Whether the form has a variable of that kind. */
bool template_has_kind(const char *form, enum variable_kind kind);
bool template_has(const char *form, enum variable v);

/* Writes a line to `problems` for everything that is wrong with a form; `prefix` begins each. False: something is. */
bool template_form_check(enum template_id id, bool accented, const char *form, const struct template_values *settings, const char *prefix,
                         struct str *problems);

#endif
