/* A copy of the database, which the core makes, at a path that is whole for it too; and the keys without which no copy can be read. */
#include "firmware-host/ctl.h"

#include <stdlib.h>
#include <unistd.h>

static void print_copied(const struct json *result) {
    static const struct ctl_column columns[] = {{"copied to", "file", COLUMN_TEXT}, {"octets", "octets", COLUMN_NUMBER}};
    ctl_print_object(result, columns, sizeof columns / sizeof columns[0]);
    puts("the key file isn't in it: keep that in another place");
}

enum ctl_exit ctl_backup(struct ctl *ctl) {
    struct ctl_request request;
    struct str file;
    char *here = *ctl->arguments[0] == '/' ? NULL : getcwd(NULL, 0);
    str_init(&file, CTL_LINE_MAX);
    str_addf(&file, "%s%s%s", here ? here : "", here ? "/" : "", ctl->arguments[0]);
    ctl_request_begin(ctl, "backup", &request);
    json_put_text(&request.w, "file", file.data);
    enum ctl_exit status = ctl_request_run(&request, print_copied);
    str_release(&file);
    free(here);
    return status;
}

static void print_keys(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"KEY", "key", COLUMN_NUMBER}, {"VALUES", "values", COLUMN_NUMBER}, {"NEEDED", "needed", COLUMN_SWITCH}, {"USE", "use", COLUMN_TEXT}};
    ctl_print_rows(result, columns, sizeof columns / sizeof columns[0], "no keys");
}

enum ctl_exit ctl_keys(struct ctl *ctl) {
    return ctl_ask(ctl, "keys", print_keys);
}
