/* phanhoi-usb-reset: takes the authorisation of a modem's USB device away and gives it back, as if its plug had been pulled. It needs root, so it's a
 * program of its own that does nothing else: systemd starts it when the core leaves a request (scripts/systemd/phanhoi-usb-reset.path).
 *
 * A request is a file of a modem's name in the folder. What it is and what stands in it means nothing: which device that name is stands in a table of
 * root's own, and only devices named there are touched. Requests are taken away before they are done, so that a failing one isn't tried again by
 * itself; those for names that aren't in the table too. Lines of the table: NAME DEVICE, as in `m1 1-1.2` (the folder's name below
 * /sys/bus/usb/devices); # begins a comment.
 *
 * Exit status: 0 all requests were done; 1 one wasn't; 2 wrong usage, or the table is wrong. */
#include "firmware-host/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 256, NAME_SIZE = 64, DEVICES_MAX = 64, REQUESTS_MAX = 1000 };

struct device {
    char name[NAME_SIZE], path[NAME_SIZE];
};
struct table {
    struct device devices[DEVICES_MAX];
    size_t count;
};

static bool made_of(const char *text, const char *characters) {
    return text[0] && text[strspn(text, characters)] == '\0';
}

/* "1-1.2": a bus, a dash, ports. Nothing that leads out of the folder. */
static bool is_device(const char *text) {
    return made_of(text, "0123456789-.") && strchr("0123456789", text[0]) && strchr(text, '-') && !strstr(text, "..");
}

static bool add_line(struct table *t, char *line) {
    struct device d;
    char rest[2];
    line[strcspn(line, "#\n")] = '\0';
    if (line[strspn(line, " \t\r")] == '\0')
        return true;
    if (t->count == DEVICES_MAX || sscanf(line, "%63s %63s %1s", d.name, d.path, rest) != 2 ||
        !made_of(d.name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") || d.name[0] == '.' || !is_device(d.path))
        return false;
    t->devices[t->count++] = d;
    return true;
}

static bool read_table(const char *path, struct table *t) {
    char line[LINE_SIZE];
    FILE *file = fopen(path, "re");
    int number = 0;
    bool fine = true;
    if (!file) {
        log_event(LOG_LEVEL_ERROR, "usb_reset.table", log_text("file", path), log_text("reason", strerror(errno)));
        return false;
    }
    while (fine && fgets(line, sizeof line, file)) {
        number++;
        fine = (strchr(line, '\n') || feof(file)) && add_line(t, line);
    }
    if (!fine)
        log_event(LOG_LEVEL_ERROR, "usb_reset.table", log_text("file", path), log_int("line", number),
                  log_text("reason", "NAME DEVICE is wanted, like m1 1-1.2; 64 lines at most"));
    fclose(file);
    return fine;
}

static bool write_file(int devices, const char *device, const char *value) {
    char path[NAME_SIZE + sizeof "/authorized"];
    snprintf(path, sizeof path, "%s/authorized", device);
    int fd = openat(devices, path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, value, 1) == 1;
    if (fd >= 0 && close(fd) != 0)
        written = false;
    if (!written)
        log_event(LOG_LEVEL_ERROR, "usb_reset.not_written", log_text("device", device), log_text("value", value),
                  log_text("reason", strerror(errno)));
    return written;
}

/* Whatever came of the first, the device is to be authorised at the end. */
static bool reset(int devices, const struct device *d) {
    bool off = write_file(devices, d->path, "0"), on = write_file(devices, d->path, "1");
    log_event(off && on ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, "usb_reset.done", log_text("modem", d->name), log_text("device", d->path),
              log_text("fine", off && on ? "yes" : "no"));
    return off && on;
}

static bool do_request(const struct table *t, int requests, int devices, const char *name) {
    if (unlinkat(requests, name, 0) != 0) {
        log_event(LOG_LEVEL_ERROR, "usb_reset.request_stays", log_text("reason", strerror(errno)));
        return false;
    }
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->devices[i].name, name) == 0)
            return reset(devices, &t->devices[i]);
    log_event(LOG_LEVEL_WARNING, "usb_reset.not_in_the_table", log_text("name", name));
    return false;
}

static bool do_all(const struct table *t, const char *requests_path, const char *devices_path) {
    int requests = open(requests_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW),
        devices = open(devices_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = requests >= 0 ? fdopendir(requests) : NULL;
    bool fine = folder && devices >= 0;
    if (!fine)
        log_event(LOG_LEVEL_ERROR, "usb_reset.folder", log_text("requests", requests_path), log_text("devices", devices_path),
                  log_text("reason", strerror(errno)));
    int count = 0;
    for (struct dirent *e; folder && devices >= 0 && count < REQUESTS_MAX && (e = readdir(folder)); count++)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            fine &= do_request(t, requests, devices, e->d_name);
    if (folder)
        closedir(folder);
    else if (requests >= 0)
        close(requests);
    if (devices >= 0)
        close(devices);
    return fine;
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"requests", required_argument, NULL, 'r'},
                                            {"table", required_argument, NULL, 't'},
                                            {"devices", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *requests = "/run/phanhoi-usb-reset", *table = "/etc/phanhoi-usb-reset.conf", *devices = "/sys/bus/usb/devices";
    struct table t = {.count = 0};
    log_set_program("phanhoi-usb-reset");
    for (int found; (found = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (found == 'r')
            requests = optarg;
        else if (found == 't')
            table = optarg;
        else if (found == 'd')
            devices = optarg;
        else {
            fputs("usage: phanhoi-usb-reset [--requests FOLDER] [--table FILE] [--devices FOLDER]\n"
                  "  resets the USB devices of the modems named by files in FOLDER (/run/phanhoi-usb-reset), as far as FILE\n"
                  "  (/etc/phanhoi-usb-reset.conf: NAME DEVICE, like m1 1-1.2) has them, through FOLDER (/sys/bus/usb/devices)\n",
                  found == 'h' ? stdout : stderr);
            return found == 'h' ? 0 : 2;
        }
    }
    if (!read_table(table, &t))
        return 2;
    return do_all(&t, requests, devices) ? 0 : 1;
}
