/* Files of secrets: see secret.h. */
#include "store/central/secret.h"

#include "firmware-host/base/envelope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WEBHOOK_SECRETS_MAX = 8, WEBHOOK_SECRET_LEAST = 24, WEBHOOK_SECRET_MOST = 64 };
#define WEBHOOK_PREFIX "whsec_"

static enum err read_file(const char *path, bool is_public, struct str *problem, struct str *text) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        str_addf(problem, "%s: can't be read: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return ERR_IO;
    }
    bool open_to_others = !is_public && (st.st_mode & 077);
    char buffer[SECRET_FILE_MAX + 1];
    ssize_t len = S_ISREG(st.st_mode) && !open_to_others ? read(fd, buffer, sizeof buffer) : 0;
    close(fd);
    if (len > 0 && len <= SECRET_FILE_MAX)
        str_add_n(text, buffer, (size_t)len);
    explicit_bzero(buffer, sizeof buffer);
    if (open_to_others)
        str_addf(problem, "%s: others may read it; chmod 600 it", path);
    else if (!text->len)
        str_addf(problem, "%s: no file of 1 to %d octets", path, SECRET_FILE_MAX);
    return text->len ? ERR_OK : ERR_INVALID;
}

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(struct str *text) {
    size_t from = 0;
    while (text->len > 0 && blank(text->data[text->len - 1]))
        str_truncate(text, text->len - 1);
    while (from < text->len && blank(text->data[from]))
        from++;
    str_remove_front(text, from);
}

static enum err read_trimmed(const char *path, bool is_public, struct str *problem, struct str *ret_text) {
    str_init(ret_text, SECRET_FILE_MAX);
    enum err e = read_file(path, is_public, problem, ret_text);
    if (e == ERR_OK)
        trim(ret_text);
    if (e == ERR_OK && (!ret_text->len || memchr(ret_text->data, 0, ret_text->len))) {
        str_addf(problem, "%s: holds nothing, or no text", path);
        e = ERR_INVALID;
    }
    if (e != ERR_OK)
        secret_wipe(ret_text);
    return e;
}

enum err secret_read(const char *path, struct str *problem, struct str *ret_text) {
    return read_trimmed(path, false, problem, ret_text);
}

void secret_wipe(struct str *text) {
    if (text->data)
        explicit_bzero(text->data, text->capacity);
    str_release(text);
}

/* ---- signatures ---- */

static void add_signature(struct bytes secret, const char *id, int64_t unix_seconds, struct bytes body, struct str *to) {
    uint8_t mac[HMAC_SIZE];
    struct str head;
    str_init(&head, 512);
    str_addf(&head, "%s.%lld.", id, (long long)unix_seconds);
    const struct bytes pieces[] = {bytes_of(head.data, head.len), body};
    hmac_sha256(secret, pieces, 2, mac);
    str_add(to, to->len ? " v1," : "v1,");
    base64_add(bytes_of(mac, sizeof mac), to);
    str_release(&head);
}

static enum err sign_with(const char *line, const char *id, int64_t unix_seconds, struct bytes body, struct str *to) {
    uint8_t secret[WEBHOOK_SECRET_MOST];
    size_t len = 0, prefix = strlen(WEBHOOK_PREFIX);
    if (strncmp(line, WEBHOOK_PREFIX, prefix) != 0)
        return ERR_INVALID;
    enum err e = base64_decode(line + prefix, strlen(line + prefix), secret, sizeof secret, &len);
    if (e == ERR_OK && len < WEBHOOK_SECRET_LEAST)
        e = ERR_INVALID;
    if (e == ERR_OK)
        add_signature(bytes_of(secret, len), id, unix_seconds, body, to);
    explicit_bzero(secret, sizeof secret);
    return e;
}

enum err webhook_sign(const char *path, const char *id, int64_t unix_seconds, struct bytes body, struct str *problem, struct str *to) {
    struct str text;
    enum err e = secret_read(path, problem, &text);
    if (e != ERR_OK)
        return e;
    int number = 0, count = 0;
    char *rest = text.data;
    for (char *line; e == ERR_OK && (line = strsep(&rest, "\n"));) {
        number++;
        line[strcspn(line, " \t\r")] = 0;
        if (!*line || *line == '#')
            continue;
        e = ++count > WEBHOOK_SECRETS_MAX ? ERR_TOO_LONG : sign_with(line, id, unix_seconds, body, to);
    }
    if (e == ERR_OK && !count)
        e = ERR_INVALID;
    if (e != ERR_OK)
        str_addf(problem, "%s:%d: a line is whsec_ and base64 of %d to %d octets, at most %d lines", path, number, WEBHOOK_SECRET_LEAST,
                 WEBHOOK_SECRET_MOST, WEBHOOK_SECRETS_MAX);
    secret_wipe(&text);
    return e;
}

/* ---- public keys ---- */

enum err public_key_read(const char *path, struct str *problem, uint8_t ret_key[32]) {
    struct str text;
    uint8_t key[ENVELOPE_KEY_SIZE];
    size_t len = 0;
    enum err e = read_trimmed(path, true, problem, &text);
    if (e != ERR_OK)
        return e;
    if (text.len == 2 * sizeof key)
        e = hex_decode(text.data, text.len, key, sizeof key, &len);
    else
        e = base64_decode(text.data, text.len, key, sizeof key, &len);
    str_release(&text);
    if (e == ERR_OK && len == sizeof key && envelope_key_works(key)) {
        memcpy(ret_key, key, sizeof key);
        return ERR_OK;
    }
    str_addf(problem, "%s: a public key is 64 hex digits, or base64 of 32 octets", path);
    return ERR_INVALID;
}
