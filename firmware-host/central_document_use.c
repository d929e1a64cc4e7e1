/* Where calendar, texts and directory come from: see central_document_use.h. */
#include "firmware-host/central_document_use.h"

#include "firmware-host/base/log.h"
#include "firmware-host/directory_file.h"

#include <stdlib.h>

#define NAME "the central store's document"

enum err document_calendar(const struct config *config, const char *text, struct str *problems, struct calendar **ret_calendar) {
    return calendar_parse(text, NAME, config->pending_as_off, problems, ret_calendar);
}

enum err document_templates(const struct config *config, const char *text, struct str *problems, struct templates **ret_templates) {
    return config_templates_text(config, text, NAME, problems, ret_templates);
}

enum err document_directory(const char *text, struct str *problems, struct directory **ret_directory) {
    return directory_file_parse(text, NAME, problems, ret_directory);
}

/* NULL: there is none. */
static enum err stored(const struct config *config, struct store *s, enum central_document which, char **ret_text) {
    char etag[CENTRAL_ETAG_MAX + 1];
    *ret_text = NULL;
    enum err e = *config->central_url ? central_document_get(s, which, etag, ret_text) : ERR_NOT_FOUND;
    return e == ERR_NOT_FOUND || e == ERR_SEALED ? ERR_OK : e;
}

static void unreadable(enum central_document which, struct str *problems) {
    log_event(LOG_LEVEL_ERROR, "central.document_unreadable", log_text("document", central_document_name(which)),
              log_text("problem", problems->data ? problems->data : ""), log_text("meaning", "the configuration's file counts"));
    str_clear(problems);
}

enum err in_force_calendar(const struct config *config, struct store *s, struct str *problems, struct calendar **ret_calendar) {
    char *text;
    enum err e = stored(config, s, CENTRAL_CALENDAR, &text);
    bool there = e == ERR_OK && text && document_calendar(config, text, problems, ret_calendar) == ERR_OK;
    if (e == ERR_OK && text && !there)
        unreadable(CENTRAL_CALENDAR, problems);
    free(text);
    return there || e != ERR_OK ? e : config_calendar(config, problems, ret_calendar);
}

enum err in_force_templates(const struct config *config, struct store *s, struct str *problems, struct templates **ret_templates) {
    char *text;
    enum err e = stored(config, s, CENTRAL_TEMPLATES, &text);
    bool there = e == ERR_OK && text && document_templates(config, text, problems, ret_templates) == ERR_OK;
    if (e == ERR_OK && text && !there)
        unreadable(CENTRAL_TEMPLATES, problems);
    free(text);
    return there || e != ERR_OK ? e : config_templates(config, problems, ret_templates);
}

enum err in_force_directory(const struct config *config, struct store *s, struct str *problems, struct directory **ret_directory) {
    char *text;
    enum err e = stored(config, s, CENTRAL_DIRECTORY, &text);
    bool there = e == ERR_OK && text && document_directory(text, problems, ret_directory) == ERR_OK;
    if (e == ERR_OK && text && !there)
        unreadable(CENTRAL_DIRECTORY, problems);
    free(text);
    if (there || e != ERR_OK)
        return e;
    *ret_directory = NULL;
    return *config->directory_file ? directory_file_read(config->directory_file, problems, ret_directory) : ERR_OK;
}
