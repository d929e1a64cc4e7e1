/* The key file: read strictly, made once. Its contents are wiped from memory after use.
 * A new file is written under another name, synced, and linked to its own, which fails if one is there: a power cut leaves either no key
 * file or a whole one, and of two programs that start at once both end up with the same keys. */
#include "firmware-host/base/crypto_keys.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 65536 };

static const char new_file_comment[] =
    "# Keys of this appliance, one a line: ID and 64 hex digits, the newest last. Whoever has them can read what is sealed;\n"
    "# without them nobody can. Keep a copy in another place, and no copy beside the database.\n";

static enum err problem_of(struct str *problem, enum err e, const char *path, const char *what) {
    str_addf(problem, "%s: %s: %s", path, what, strerror(errno));
    return e;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* One line without its newline. What is wrong with it, NULL: nothing. */
static const char *parse_line(char *line, size_t len, struct key *ret_key) {
    int64_t id;
    size_t id_len = 0, secret_len;
    while (id_len < len && !is_blank(line[id_len]))
        id_len++;
    if (id_len == len)
        return "expected a key id, a blank and 64 hex digits";
    line[id_len] = '\0';
    if (parse_int(line, 1, KEYS_MAX, &id) != ERR_OK)
        return "the key id is no number from 1 to 255";
    size_t at = id_len + 1;
    while (is_blank(line[at])) /* the line ends in no blank: it was trimmed */
        at++;
    if (len - at != 2 * KEY_SIZE || hex_decode(line + at, len - at, ret_key->secret, KEY_SIZE, &secret_len) != ERR_OK)
        return "the key isn't 64 hex digits";
    ret_key->id = (uint8_t)id;
    return NULL;
}

struct parsed_keys {
    struct key keys[KEYS_MAX];
    size_t count;
};

static const char *add_line(struct parsed_keys *parsed, char *line, size_t len) {
    struct key key;
    while (len > 0 && is_blank(line[len - 1]))
        len--;
    while (len > 0 && is_blank(*line))
        line++, len--;
    if (len == 0 || *line == '#')
        return NULL;
    const char *wrong = parse_line(line, len, &key);
    if (!wrong && parsed->count > 0 && key.id <= parsed->keys[parsed->count - 1].id)
        wrong = "the key id isn't greater than the one before it (the newest key comes last)";
    if (!wrong)
        parsed->keys[parsed->count++] = key; /* ids rise from 1 to 255: there is room */
    sodium_memzero(&key, sizeof key);
    return wrong;
}

static enum err parse_keys(const char *path, char *data, size_t len, struct parsed_keys *parsed, struct str *problem) {
    int number = 0;
    parsed->count = 0;
    for (char *line = data, *end = data + len; line < end;) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t line_len = (size_t)((newline ? newline : end) - line);
        const char *wrong = add_line(parsed, line, line_len);
        number++;
        if (wrong) {
            str_addf(problem, "%s:%d: %s", path, number, wrong);
            return ERR_INVALID;
        }
        line += line_len + 1;
    }
    if (parsed->count > 0)
        return ERR_OK;
    str_addf(problem, "%s: holds no key; restore it from its copy (a new key can't read what is already sealed)", path);
    return ERR_INVALID;
}

/* Refuses what isn't a file of the owner alone. */
static enum err check_file(int fd, const char *path, struct str *problem) {
    struct stat about;
    if (fstat(fd, &about) != 0)
        return problem_of(problem, ERR_IO, path, "can't be examined");
    if (!S_ISREG(about.st_mode)) {
        str_addf(problem, "%s: is no regular file", path);
        return ERR_INVALID;
    }
    if (about.st_mode & (S_IRWXG | S_IRWXO)) {
        str_addf(problem, "%s: has mode %04o, open to group or others; do: chmod 600 %s", path, (unsigned)about.st_mode & 07777, path);
        return ERR_INVALID;
    }
    if (about.st_size > FILE_MAX_BYTES) {
        str_addf(problem, "%s: is larger than %d bytes, so no key file", path, FILE_MAX_BYTES);
        return ERR_INVALID;
    }
    return ERR_OK;
}

/* Reads at most size bytes. */
static enum err read_whole(int fd, char *data, size_t size, size_t *ret_len) {
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, data + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_IO;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *ret_len = len;
    return ERR_OK;
}

static enum err load_open(int fd, const char *path, struct str *problem, struct keyring **ret_keys) {
    size_t len;
    enum err e = check_file(fd, path, problem);
    if (e != ERR_OK)
        return e;
    char *data = mem_alloc(FILE_MAX_BYTES + 1);
    struct parsed_keys *parsed = mem_alloc(sizeof *parsed);
    e = read_whole(fd, data, FILE_MAX_BYTES, &len);
    if (e != ERR_OK)
        problem_of(problem, e, path, "can't be read");
    else
        e = parse_keys(path, data, len, parsed, problem);
    if (e == ERR_OK)
        *ret_keys = keyring_from_keys(parsed->keys, parsed->count);
    mem_wipe_free(parsed, sizeof *parsed);
    mem_wipe_free(data, FILE_MAX_BYTES + 1);
    return e;
}

static bool write_whole(int fd, const char *data, size_t len) {
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool sync_folder(const char *path) {
    char *copy = mem_string(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    free(copy);
    return synced;
}

/* A file with one random key under a name of its own, on disk. */
static bool write_new(const char *temporary) {
    uint8_t secret[KEY_SIZE];
    struct str content;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    str_init(&content, FILE_MAX_BYTES);
    str_add_room(&content, 1024); /* so that it doesn't move and leave a copy behind */
    str_clear(&content);
    random_octets(secret, sizeof secret);
    str_add(&content, new_file_comment);
    str_add(&content, "1 ");
    str_add_hex(&content, secret, sizeof secret);
    str_add_char(&content, '\n');
    bool written = write_whole(fd, content.data, content.len) && fsync(fd) == 0;
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(content.data, content.len);
    str_release(&content);
    int saved_errno = errno;
    bool closed = close(fd) == 0;
    errno = written ? errno : saved_errno;
    return written && closed;
}

static enum err create_file(const char *path, struct str *problem, bool *ret_created) {
    struct str temporary;
    enum err e = ERR_OK;
    str_init(&temporary, 8192);
    str_addf(&temporary, "%s.%08x", path, random_below(UINT32_MAX));
    if (!str_ok(&temporary)) {
        errno = ENAMETOOLONG;
        e = problem_of(problem, ERR_INVALID, path, "can't be made");
    } else if (!write_new(temporary.data)) {
        e = problem_of(problem, errno == ENOSPC ? ERR_FULL : ERR_IO, path, "can't be made");
    } else if (link(temporary.data, path) == 0) {
        *ret_created = true;
    } else if (errno != EEXIST) { /* there meanwhile: made by another, and as good */
        e = problem_of(problem, ERR_IO, path, "can't be made");
    }
    unlink(temporary.data);
    if (e == ERR_OK && !sync_folder(path))
        e = problem_of(problem, ERR_IO, path, "its folder can't be synced");
    str_release(&temporary);
    return e;
}

enum err keyring_load(const char *path, bool create, struct str *problem, struct keyring **ret_keys, bool *ret_created) {
    bool created = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && create) {
        enum err e = create_file(path, problem, &created);
        if (e != ERR_OK)
            return e;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    }
    if (fd < 0)
        return problem_of(problem, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, path, "can't be opened");
    enum err e = load_open(fd, path, problem, ret_keys);
    close(fd);
    if (e == ERR_OK)
        *ret_created = created;
    return e;
}
