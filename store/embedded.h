/* Files that the build puts inside the program (scripts/embed). Arrays end with a NULL name. */
#ifndef STORE_EMBEDDED_H
#define STORE_EMBEDDED_H

struct embedded {
    const char *name; /* "0001_first.sql" */
    const char *text;
};

extern const struct embedded store_migrations[]; /* in order of name */
extern const struct embedded store_calendar_default[]; /* one file */

#endif
