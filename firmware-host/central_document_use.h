/* What is in force: a document of the central store where there is one, else the file that the configuration names. A stored document that this
 * program can't read (another version took it) is logged, and the configuration's file counts. */
#ifndef HOST_CENTRAL_DOCUMENT_USE_H
#define HOST_CENTRAL_DOCUMENT_USE_H

#include "firmware-host/config.h"
#include "store/central_document.h"
#include "store/directory.h"

/* The same of a document's text; `problems` as of a file. ERR_INVALID. */
MUST_CHECK enum err document_calendar(const struct config *config, const char *text, struct str *problems, struct calendar **ret_calendar);
MUST_CHECK enum err document_templates(const struct config *config, const char *text, struct str *problems, struct templates **ret_templates);
MUST_CHECK enum err document_directory(const char *text, struct str *problems, struct directory **ret_directory);

MUST_CHECK enum err in_force_calendar(const struct config *config, struct store *s, struct str *problems, struct calendar **ret_calendar);
MUST_CHECK enum err in_force_templates(const struct config *config, struct store *s, struct str *problems, struct templates **ret_templates);
/* NULL: there is neither; the database's own counts. */
MUST_CHECK enum err in_force_directory(const struct config *config, struct store *s, struct str *problems, struct directory **ret_directory);

#endif
