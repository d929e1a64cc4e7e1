/* Reads the directory file by walking one table of its keys. What isn't text where text belongs, what isn't known, what isn't printable is told here;
 * what it all means is checked in the store (directory_check), also of a file with such problems, so that everything is told at once. */
#include "firmware-host/directory_file.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum list { LIST_AGENCIES, LIST_OFFICERS, LIST_FIELDS, LIST_COUNT };

static const char *const list_names[LIST_COUNT] = {"agencies", "officers", "fields"};

static const struct file_key {
    const char *name;
    size_t place;
    enum list list;
    bool many; /* an array of strings is allowed too */
} file_keys[] = {
    {"key", offsetof(struct directory_agency, key), LIST_AGENCIES, false},
    {"kind", offsetof(struct directory_agency, kind), LIST_AGENCIES, false},
    {"parent", offsetof(struct directory_agency, parent), LIST_AGENCIES, false},
    {"name", offsetof(struct directory_agency, name), LIST_AGENCIES, false},
    {"name_accented", offsetof(struct directory_agency, name_accented), LIST_AGENCIES, false},
    {"match", offsetof(struct directory_agency, match), LIST_AGENCIES, true},
    {"key", offsetof(struct directory_officer, key), LIST_OFFICERS, false},
    {"name", offsetof(struct directory_officer, name), LIST_OFFICERS, false},
    {"phone", offsetof(struct directory_officer, phone), LIST_OFFICERS, false},
    {"role", offsetof(struct directory_officer, role), LIST_OFFICERS, false},
    {"agency", offsetof(struct directory_officer, agency), LIST_OFFICERS, false},
    {"from", offsetof(struct directory_officer, from), LIST_OFFICERS, false},
    {"until", offsetof(struct directory_officer, until), LIST_OFFICERS, false},
    {"key", offsetof(struct directory_field, key), LIST_FIELDS, false},
    {"name", offsetof(struct directory_field, name), LIST_FIELDS, false},
    {"words", offsetof(struct directory_field, words), LIST_FIELDS, true},
};
enum { FILE_KEYS = sizeof file_keys / sizeof *file_keys, TEXT_MOST = 4096 };

struct reading {
    struct directory *d;
    struct str *problems;
    size_t count;
};

static void problem(struct reading *r, const config_setting_t *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void problem(struct reading *r, const config_setting_t *at, const char *format, ...) {
    int line = at ? (int)config_setting_source_line(at) : 0;
    str_add(r->problems, r->d->file);
    if (line > 0)
        str_addf(r->problems, ":%d", line);
    str_add(r->problems, ": ");
    va_list args;
    va_start(args, format);
    str_vaddf(r->problems, format, args);
    va_end(args);
    str_add(r->problems, "\n");
    r->count++;
}

static bool printable(const char *text) {
    if (!text_valid(text, strlen(text)))
        return false;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7F)
            return false;
    return true;
}

/* A string, or an array of them joined by "|". NULL: neither; nothing is freed by the caller then. */
static char *text_of(const config_setting_t *setting, bool many) {
    struct str joined;
    if (config_setting_type(setting) == CONFIG_TYPE_STRING)
        return mem_string(config_setting_get_string(setting));
    if (!many || !config_setting_is_array(setting))
        return NULL;
    str_init(&joined, TEXT_MOST);
    str_add(&joined, "");
    for (int i = 0; i < config_setting_length(setting); i++) {
        const config_setting_t *one = config_setting_get_elem(setting, (unsigned)i);
        if (config_setting_type(one) != CONFIG_TYPE_STRING)
            str_add_room(&joined, TEXT_MOST + 1); /* overflows */
        else
            str_addf(&joined, "%s%s", i ? "|" : "", config_setting_get_string(one));
    }
    char *text = str_ok(&joined) ? mem_string(joined.data ? joined.data : "") : NULL;
    str_release(&joined);
    return text;
}

static void read_key(struct reading *r, enum list list, int index, const config_setting_t *setting, void *record) {
    const char *name = config_setting_name(setting);
    const struct file_key *key = NULL;
    struct str allowed;
    str_init(&allowed, 512);
    for (size_t k = 0; k < FILE_KEYS; k++) {
        if (file_keys[k].list != list)
            continue;
        str_addf(&allowed, "%s%s", allowed.len ? ", " : "", file_keys[k].name);
        if (strcmp(file_keys[k].name, name) == 0)
            key = &file_keys[k];
    }
    char *text = key ? text_of(setting, key->many) : NULL;
    if (!key)
        problem(r, setting, "%s[%d].%s: unknown key; allowed here: %s", list_names[list], index, name, allowed.data);
    else if (!text)
        problem(r, setting, "%s[%d].%s: a text in quotes is allowed%s", list_names[list], index, name,
                key->many ? ", or several: [ \"…\", \"…\" ]" : "");
    else if (!printable(text))
        problem(r, setting, "%s[%d].%s: control characters or invalid UTF-8 in it", list_names[list], index, name);
    else
        *(struct directory_text *)((char *)record + key->place) = (struct directory_text){mem_string(text), (int)config_setting_source_line(setting)};
    free(text);
    str_release(&allowed);
}

static const struct {
    size_t size, line; /* of a record; where it keeps its line */
    int most;
} records[LIST_COUNT] = {
    {sizeof(struct directory_agency), offsetof(struct directory_agency, line), DIRECTORY_AGENCIES_MAX},
    {sizeof(struct directory_officer), offsetof(struct directory_officer, line), DIRECTORY_OFFICERS_MAX},
    {sizeof(struct directory_field), offsetof(struct directory_field, line), DIRECTORY_FIELDS_MAX},
};

static void *read_list(struct reading *r, enum list list, const config_setting_t *setting, size_t *ret_count) {
    int count = setting ? config_setting_length(setting) : 0;
    if (setting && !config_setting_is_list(setting)) {
        problem(r, setting, "%s: a list ( { … }, { … } ) is allowed", list_names[list]);
        count = 0;
    } else if (count > records[list].most) {
        problem(r, setting, "%s: %d of them; at most %d are allowed", list_names[list], count, records[list].most);
        count = 0;
    }
    char *all = mem_array((size_t)count, records[list].size);
    for (int i = 0; i < count; i++) {
        const config_setting_t *group = config_setting_get_elem(setting, (unsigned)i);
        void *record = all + (size_t)i * records[list].size;
        *(int *)(void *)((char *)record + records[list].line) = (int)config_setting_source_line(group);
        if (!config_setting_is_group(group))
            problem(r, group, "%s[%d]: a group { key = …; name = …; } is allowed", list_names[list], i);
        for (int k = 0; config_setting_is_group(group) && k < config_setting_length(group); k++)
            read_key(r, list, i, config_setting_get_elem(group, (unsigned)k), record);
    }
    *ret_count = (size_t)count;
    return all;
}

static void read_root(struct reading *r, const config_setting_t *root) {
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        bool known = false;
        for (int list = 0; list < LIST_COUNT; list++)
            known = known || strcmp(config_setting_name(setting), list_names[list]) == 0;
        if (!known)
            problem(r, setting, "%s: unknown; agencies, officers and fields are allowed", config_setting_name(setting));
    }
    struct directory *d = r->d;
    d->agencies = read_list(r, LIST_AGENCIES, config_setting_get_member(root, "agencies"), &d->agency_count);
    d->officers = read_list(r, LIST_OFFICERS, config_setting_get_member(root, "officers"), &d->officer_count);
    d->fields = read_list(r, LIST_FIELDS, config_setting_get_member(root, "fields"), &d->field_count);
}

/* libconfig would open the file that it names. */
static bool includes(const char *text) {
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line + strspn(line, " \t\r"), "@include", 8) == 0)
            return true;
    return false;
}

enum err directory_file_parse(const char *text, const char *name, struct str *problems, struct directory **ret_directory) {
    struct reading r = {.d = mem_alloc(sizeof *r.d), .problems = problems};
    config_t file;
    r.d->file = mem_string(name);
    config_init(&file);
    if (includes(text)) {
        problem(&r, NULL, "@include isn't allowed here");
    } else if (!config_read_string(&file, text)) {
        str_addf(problems, "%s:%d: %s; a setting is written as name = value;\n", name, config_error_line(&file), config_error_text(&file));
        r.count++;
    } else {
        read_root(&r, config_root_setting(&file));
        if (directory_check(r.d, problems) != ERR_OK)
            r.count++;
    }
    config_destroy(&file);
    if (r.count) {
        directory_free(r.d);
        return ERR_INVALID;
    }
    *ret_directory = r.d;
    return ERR_OK;
}

/* A pipe or a device would make the reader wait. */
static FILE *open_regular(const char *path, const char **ret_why) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        *ret_why = fd < 0 ? strerror(errno) : "it is no regular file";
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    FILE *file = fdopen(fd, "r");
    *ret_why = strerror(errno);
    if (!file)
        close(fd);
    return file;
}

enum err directory_file_read(const char *path, struct str *problems, struct directory **ret_directory) {
    struct str text;
    char block[4096];
    const char *why = NULL;
    FILE *file = open_regular(path, &why);
    if (!file) {
        str_addf(problems, "%s: can't be read: %s\n", path, why);
        return ERR_IO;
    }
    str_init(&text, DIRECTORY_FILE_MAX);
    str_add(&text, "");
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        str_add_n(&text, block, n);
    enum err e = ferror(file) ? ERR_IO : !str_ok(&text) ? ERR_TOO_LONG : strlen(text.data) != text.len ? ERR_INVALID : ERR_OK;
    if (e != ERR_OK)
        str_addf(problems, "%s: %s\n", path,
                 e == ERR_IO         ? "can't be read to its end"
                 : e == ERR_TOO_LONG ? "larger than 4 MiB"
                                     : "binary data in it");
    else
        e = directory_file_parse(text.data, path, problems, ret_directory);
    fclose(file);
    str_release(&text);
    return e;
}
