/* Files of secrets: see secret.h. */
#include "store/central/secret.h"

#include "firmware-host/base/envelope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WEBHOOK_SECRET_LEAST = 24, WEBHOOK_ID_MOST = 255, WEBHOOK_SIGNATURES_MOST = 16 };
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

enum err public_read(const char *path, struct str *problem, struct str *ret_text) {
    return read_trimmed(path, true, problem, ret_text);
}

void secret_wipe(struct str *text) {
    if (text->data)
        explicit_bzero(text->data, text->capacity);
    str_release(text);
}

/* ---- signatures ---- */

static void mac_of(struct bytes secret, const char *id, int64_t unix_seconds, struct bytes body, uint8_t ret_mac[HMAC_SIZE]) {
    struct str head;
    str_init(&head, 512);
    str_addf(&head, "%s.%lld.", id, (long long)unix_seconds);
    const struct bytes pieces[] = {bytes_of(head.data, head.len), body};
    hmac_sha256(secret, pieces, 2, ret_mac);
    str_release(&head);
}

static enum err take_secret(const char *line, struct webhook_secrets *to) {
    size_t prefix = strlen(WEBHOOK_PREFIX), len = 0;
    if (strncmp(line, WEBHOOK_PREFIX, prefix) != 0 || to->count == WEBHOOK_SECRETS_MAX)
        return ERR_INVALID;
    enum err e = base64_decode(line + prefix, strlen(line + prefix), to->of[to->count].octets, WEBHOOK_SECRET_MOST, &len);
    if (e == ERR_OK && len < WEBHOOK_SECRET_LEAST)
        e = ERR_INVALID;
    if (e == ERR_OK)
        to->of[to->count++].len = len;
    return e;
}

enum err webhook_secrets_read(const char *path, struct str *problem, struct webhook_secrets *ret_secrets) {
    struct str text;
    struct webhook_secrets found = {.count = 0};
    enum err e = secret_read(path, problem, &text);
    if (e != ERR_OK)
        return e;
    int number = 0;
    char *rest = text.data;
    for (char *line; e == ERR_OK && (line = strsep(&rest, "\n"));) {
        number++;
        line[strcspn(line, " \t\r")] = 0;
        if (*line && *line != '#')
            e = take_secret(line, &found);
    }
    if (e == ERR_OK && !found.count)
        e = ERR_INVALID;
    if (e == ERR_OK)
        *ret_secrets = found;
    else
        str_addf(problem, "%s:%d: a line is whsec_ and base64 of %d to %d octets, at most %d lines", path, number, WEBHOOK_SECRET_LEAST,
                 WEBHOOK_SECRET_MOST, WEBHOOK_SECRETS_MAX);
    explicit_bzero(&found, sizeof found);
    secret_wipe(&text);
    return e;
}

enum err webhook_sign(const char *path, const char *id, int64_t unix_seconds, struct bytes body, struct str *problem, struct str *to) {
    struct webhook_secrets secrets;
    uint8_t mac[HMAC_SIZE];
    enum err e = webhook_secrets_read(path, problem, &secrets);
    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < secrets.count; i++) {
        mac_of(bytes_of(secrets.of[i].octets, secrets.of[i].len), id, unix_seconds, body, mac);
        str_add(to, to->len ? " v1," : "v1,");
        base64_add(bytes_of(mac, sizeof mac), to);
    }
    explicit_bzero(&secrets, sizeof secrets);
    return ERR_OK;
}

static bool id_sound(const char *id) {
    size_t len = id ? strnlen(id, WEBHOOK_ID_MOST + 1) : 0;
    for (size_t i = 0; i < len; i++)
        if (id[i] < '!' || id[i] > '~' || id[i] == '.')
            return false;
    return len > 0 && len <= WEBHOOK_ID_MOST;
}

/* Every signature is held against every secret, whether one was good already or not. */
static bool one_is_good(const struct webhook_secrets *secrets, const char *id, int64_t at, struct bytes body, const char *signatures) {
    uint8_t macs[WEBHOOK_SECRETS_MAX][HMAC_SIZE], theirs[HMAC_SIZE];
    bool good = false;
    for (size_t i = 0; i < secrets->count; i++)
        mac_of(bytes_of(secrets->of[i].octets, secrets->of[i].len), id, at, body, macs[i]);
    for (int n = 0; n < WEBHOOK_SIGNATURES_MOST && *signatures; n++) {
        size_t len = strcspn(signatures, " "), decoded = 0;
        bool readable = len > 3 && strncmp(signatures, "v1,", 3) == 0 &&
                        base64_decode(signatures + 3, len - 3, theirs, sizeof theirs, &decoded) == ERR_OK && decoded == sizeof theirs;
        for (size_t i = 0; readable && i < secrets->count; i++)
            good |= hmac_equal(theirs, macs[i]);
        signatures += len;
        signatures += strspn(signatures, " ");
    }
    return good;
}

const char *webhook_wrong(const struct webhook_secrets *secrets, const struct webhook_headers *headers, struct bytes body, int64_t unix_seconds) {
    int64_t at = 0;
    if (!id_sound(headers->id))
        return "webhook-id is missing, or has a dot or a blank in it";
    if (!headers->timestamp || parse_int(headers->timestamp, 0, INT64_MAX / 4, &at) != ERR_OK)
        return "webhook-timestamp is missing, or no number";
    if (at < unix_seconds - WEBHOOK_WINDOW || at > unix_seconds + WEBHOOK_WINDOW)
        return "webhook-timestamp isn't of now";
    if (!headers->signature || !one_is_good(secrets, headers->id, at, body, headers->signature))
        return "no signature in webhook-signature is by a secret that is known here";
    return NULL;
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
