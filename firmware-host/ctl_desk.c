/* phanhoictl case NAME: what an officer decides. The words may be long: they come as an argument, with --text, from a file or from standard input. */
#include "firmware-host/base/crypto.h"
#include "firmware-host/ctl.h"
#include "firmware-host/desk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 32 * 1024 };

static const struct desk_row {
    const char *name, *operand;
} desk_rows[] = {
#define X(step, name, arguments, least, most, operand, ...) {name, operand},
    DESK_TABLE(X)
#undef X
};

/* ---- the words ---- */

static enum ctl_exit read_text(const struct ctl *ctl, const char *path, struct str *to) {
    bool input = strcmp(path, "-") == 0;
    FILE *file = input ? stdin : fopen(path, "re");
    char block[4096];
    for (size_t n; file && (n = fread(block, 1, sizeof block, file)) > 0;)
        str_add_n(to, block, n);
    bool failed = !file || ferror(file);
    int reason = errno;
    if (file && !input)
        fclose(file);
    if (failed || !str_ok(to) || strlen(to->data) != to->len) {
        struct str why;
        str_init(&why, 4096);
        str_addf(&why, "%s: %s", path, failed ? strerror(reason) : str_ok(to) ? "holds a NUL character" : "is too long for a text");
        ctl_fail(ctl, err_symbol(failed ? ERR_IO : ERR_TOO_LONG), why.data);
        str_release(&why);
        return CTL_FAILED;
    }
    while (to->len && strchr("\r\n", to->data[to->len - 1]))
        str_truncate(to, to->len - 1);
    return CTL_FINE;
}

/* Which words: `spare` is an argument that nothing else took. */
static enum ctl_exit put_text(const struct ctl *ctl, struct json_writer *w, const char *spare) {
    struct str text;
    if ((ctl->text != NULL) + (ctl->file != NULL) + (spare != NULL) > 1) {
        fputs("phanhoictl: the text is there twice\n", stderr);
        return CTL_USAGE;
    }
    const char *path = ctl->file ? ctl->file : ctl->text && strcmp(ctl->text, "-") == 0 ? ctl->text : NULL;
    if (!path) {
        if (ctl->text || spare)
            json_put_text(w, "text", ctl->text ? ctl->text : spare);
        return CTL_FINE;
    }
    str_init(&text, TEXT_MAX);
    enum ctl_exit status = read_text(ctl, path, &text);
    if (status == CTL_FINE)
        json_put_text(w, "text", text.data);
    str_release(&text);
    return status;
}

/* ---- the signed document ---- */

static enum ctl_exit hash_file(const struct ctl *ctl, const char *path, char ret_text[SHA256_TEXT_SIZE]) {
    FILE *file = fopen(path, "re");
    enum err e = file ? sha256_of_file(file, ret_text) : ERR_IO;
    int reason = errno;
    if (file)
        fclose(file);
    if (e == ERR_OK)
        return CTL_FINE;
    struct str why;
    str_init(&why, 4096);
    str_addf(&why, "%s: %s", path, strerror(reason));
    ctl_fail(ctl, err_symbol(e), why.data);
    str_release(&why);
    return CTL_FAILED;
}

static enum ctl_exit put_document(const struct ctl *ctl, struct json_writer *w) {
    char hash[SHA256_TEXT_SIZE];
    if (ctl->document)
        json_put_text(w, "document", ctl->document);
    if (ctl->sha256)
        json_put_text(w, "sha256", ctl->sha256);
    if (!ctl->signed_file)
        return CTL_FINE;
    if (ctl->sha256) {
        fputs("phanhoictl: the document's hash is there twice: --signed, --sha256\n", stderr);
        return CTL_USAGE;
    }
    enum ctl_exit status = hash_file(ctl, ctl->signed_file, hash);
    if (status == CTL_FINE)
        json_put_text(w, "sha256", hash);
    return status;
}

/* ---- the decision ---- */

/* The arguments behind the code, but for the text. Gives how many of them those were. */
static int put_operand(const struct ctl *ctl, const struct desk_row *row, struct json_writer *w) {
    int left = ctl->argument_count - 1;
    if (!*row->operand || left == 0)
        return 0;
    if (strcmp(row->operand, "agencies") != 0) {
        json_put_text(w, row->operand, ctl->arguments[1]);
        return 1;
    }
    json_open_array(w, row->operand);
    for (int i = 0; i < left; i++)
        json_put_text(w, NULL, ctl->arguments[1 + i]);
    json_close_array(w);
    return left;
}

static void print_words(const struct json *list, const char *who) {
    for (size_t i = 0; i < json_count(list); i++)
        printf("%s%s", i ? ", " : who, json_text_value(json_at(list, i)));
}

static void print_outcome(const struct json *result) {
    const char *before = json_text(result, "before"), *state = json_text(result, "state"), *due = json_text(result, "due");
    printf("%s: %s", json_text(result, "code"), before);
    if (strcmp(before, state) != 0)
        printf(" -> %s", state);
    if (due)
        printf(", due %s", due);
    print_words(json_get(result, "told"), "; the citizen is told: ");
    print_words(json_get(result, "officers_told"), "; officers are told: ");
    puts("");
}

enum ctl_exit ctl_case_step(struct ctl *ctl) {
    const struct desk_row *row = desk_rows;
    struct ctl_request request;
    char command[64];
    while (strcmp(row->name, ctl->words[1]) != 0)
        row++;
    snprintf(command, sizeof command, "case.%s", row->name);
    ctl_request_begin(ctl, command, &request);
    json_put_text(&request.w, "code", ctl->arguments[0]);
    int taken = 1 + put_operand(ctl, row, &request.w);
    enum ctl_exit status = put_text(ctl, &request.w, taken < ctl->argument_count ? ctl->arguments[taken] : NULL);
    if (status == CTL_FINE)
        status = put_document(ctl, &request.w);
    if (status != CTL_FINE) {
        str_release(&request.line);
        return status;
    }
    ctl_put_given(&request);
    return ctl_request_run(&request, print_outcome);
}
