/* The directory on the command line. A file is looked at here first, so that its problems are told without a core too. */
#include "firmware-host/ctl.h"

#include "firmware-host/directory_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Says itself what is wrong. */
static enum ctl_exit read_checked(const struct ctl *ctl, struct directory **ret_directory) {
    struct str problems;
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    enum err e = directory_file_read(ctl->arguments[0], &problems, ret_directory);
    enum ctl_exit status = e == ERR_OK ? CTL_FINE : CTL_FAILED;
    if (e != ERR_OK && ctl->json)
        status = ctl_fail(ctl, err_symbol(e), problems.data ? problems.data : err_text(e));
    else if (e != ERR_OK)
        ctl_print_clean(problems.data ? problems.data : err_text(e), stderr);
    str_release(&problems);
    return status;
}

enum ctl_exit ctl_directory_check(struct ctl *ctl) {
    struct directory *d = NULL;
    enum ctl_exit status = read_checked(ctl, &d);
    if (status != CTL_FINE)
        return status;
    if (ctl->json)
        printf("{\"agencies\":%zu,\"officers\":%zu,\"fields\":%zu}\n", d->agency_count, d->officer_count, d->field_count);
    else
        printf("%zu agencies, %zu officers, %zu fields: fine\n", d->agency_count, d->officer_count, d->field_count);
    directory_free(d);
    return CTL_FINE;
}

static void print_imported(const struct json *result) {
    static const struct ctl_column columns[] = {{"version", "version", COLUMN_NUMBER},
                                                {"changed", "changed", COLUMN_SWITCH},
                                                {"agencies", "agencies", COLUMN_NUMBER},
                                                {"officers", "officers", COLUMN_NUMBER}};
    ctl_print_object(result, columns, COUNT(columns));
}

enum ctl_exit ctl_directory_import(struct ctl *ctl) {
    struct directory *d = NULL;
    struct ctl_request request;
    char path[PATH_MAX];
    enum ctl_exit status = read_checked(ctl, &d);
    if (status != CTL_FINE)
        return status;
    directory_free(d);
    if (!realpath(ctl->arguments[0], path))
        return ctl_fail(ctl, err_symbol(ERR_IO), strerror(errno));
    ctl_request_begin(ctl, "directory.import", &request);
    json_put_text(&request.w, "file", path);
    return ctl_request_run(&request, print_imported);
}

static void print_directory(const struct json *result) {
    static const struct ctl_column agencies[] = {{"agency", "key", COLUMN_TEXT},
                                                 {"kind", "kind", COLUMN_TEXT},
                                                 {"of", "parent", COLUMN_TEXT},
                                                 {"in texts", "name", COLUMN_TEXT},
                                                 {"name", "name_accented", COLUMN_TEXT}};
    static const struct ctl_column officers[] = {
        {"officer", "key", COLUMN_TEXT}, {"agency", "agency", COLUMN_TEXT}, {"role", "role", COLUMN_TEXT},     {"phone", "phone", COLUMN_TEXT},
        {"from", "from", COLUMN_TEXT},   {"until", "until", COLUMN_TEXT},   {"today", "valid", COLUMN_SWITCH}, {"name", "name", COLUMN_TEXT}};
    ctl_print_rows(json_get(result, "agencies"), agencies, COUNT(agencies), "no agencies: phanhoictl directory import FILE");
    fputs("\n", stdout);
    ctl_print_rows(json_get(result, "officers"), officers, COUNT(officers), "no officers");
}

enum ctl_exit ctl_directory_list(struct ctl *ctl) {
    return ctl_ask(ctl, "directory.list", print_directory);
}
