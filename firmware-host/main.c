/* phanhoid: the core of the appliance. Reads its command line and its configuration, then app.c takes over.
 * Exit status: 0 fine, 1 the configuration is wrong or the start failed, 2 wrong usage. */
#include "firmware-host/app.h"
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/config.h"
#include "firmware-host/directory_file.h"
#include "smsc/code.h"
#include "store/restore.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PROBLEMS_MAX = 64 * 1024, SAMPLE_MAX = 256 * 1024 };

static const char usage[] = "usage: phanhoid [-c FILE] [-t | --restore FILE | --restored] [--skip-codes N]\n"
                            "  -c, --config FILE  the configuration (" CONFIG_DEFAULT_PATH ")\n"
                            "  -t, --test         check it and exit: 0 it's good, 1 it isn't\n"
                            "      --restore FILE check a copy of the database, put it in place and exit; what stands there is kept\n"
                            "      --restored     say that the database in place is a copy that was put there otherwise, and exit\n"
                            "      --skip-codes N with either: how many case codes to skip, instead of an estimate\n"
                            "      --print-config print a commented sample of it\n"
                            "      --version      print the version\n"
                            "  -h, --help         print this\n";

static int print_config(void) {
    struct str sample;
    str_init(&sample, SAMPLE_MAX);
    config_print_sample(&sample);
    fwrite(sample.data, 1, sample.len, stdout);
    str_release(&sample);
    return fflush(stdout) == 0 ? 0 : 1;
}

/* What the start would find wrong with values that are well-formed by themselves. */
static enum err check_meaning(const char *path, const struct config *config) {
    struct str problem;
    struct calendar *calendar = NULL;
    struct templates *templates = NULL;
    struct directory *directory = NULL;
    struct operators *operators = NULL;
    str_init(&problem, PROBLEMS_MAX);
    enum err e = smsc_settings_check(&config->smsc, &problem);
    if (e != ERR_OK)
        fprintf(stderr, "%s: %s\n", path, problem.data);
    else if ((e = config_calendar(config, &problem, &calendar)) != ERR_OK)
        fprintf(stderr, "%s\n", problem.data);
    else if ((e = config_templates(config, &problem, &templates)) != ERR_OK)
        fprintf(stderr, "%s\n", problem.data);
    else if ((e = config_operators(config, &problem, &operators)) != ERR_OK)
        fprintf(stderr, "%s\n", problem.data);
    else if (*config->directory_file && (e = directory_file_read(config->directory_file, &problem, &directory)) != ERR_OK)
        fprintf(stderr, "%s\n", problem.data);
    calendar_free(calendar);
    templates_free(templates);
    directory_free(directory);
    operators_free(operators);
    str_release(&problem);
    return e;
}

/* What the command line said. */
struct wishes {
    const char *path; /* of the configuration */
    bool test;
    const char *restore; /* a file; NULL */
    bool restored;
    int64_t skip_codes; /* -1: not given */
};

static enum err restore_with(const struct config *config, const struct keyring *keys, const struct wishes *w, struct str *problem) {
    struct str kept;
    struct clock *clock = clock_system();
    struct store_restore r = {.from = w->restore,
                              .path = config->store_path,
                              .keys = keys,
                              .id = config->smsc.appliance_id,
                              .index = config->smsc.index,
                              .of = config->smsc.of,
                              .skip_codes = w->skip_codes,
                              .now = clock->wall_ms(clock)};
    str_init(&kept, PROBLEMS_MAX);
    enum err e = store_restore(&r, problem, &kept);
    if (e == ERR_OK && r.from)
        printf("%s: in place of %s\n", r.from, r.path);
    if (e == ERR_OK && kept.len > 0)
        printf("%s: what stood there\n", kept.data);
    if (e == ERR_OK)
        puts("At the next start case codes skip ahead, and texts that waited in the copy are unknown: phanhoictl unknown list");
    str_release(&kept);
    return e;
}

static int restore(const struct config *config, const struct wishes *w) {
    struct str problem;
    struct keyring *keys = NULL;
    bool created;
    str_init(&problem, PROBLEMS_MAX);
    crypto_start();
    enum err e = w->skip_codes > code_capacity(config->smsc.index, config->smsc.of) ? ERR_INVALID : ERR_OK;
    if (e != ERR_OK)
        str_addf(&problem, "--skip-codes: the appliance has %lld codes in all", (long long)code_capacity(config->smsc.index, config->smsc.of));
    if (e == ERR_OK)
        e = keyring_load(config->key_file, false, &problem, &keys, &created);
    if (e == ERR_OK)
        e = restore_with(config, keys, w, &problem);
    if (e != ERR_OK)
        fprintf(stderr, "%s\n", problem.len ? problem.data : err_text(e));
    keyring_free(keys);
    str_release(&problem);
    return e == ERR_OK ? 0 : 1;
}

static int run(const struct wishes *w) {
    struct str problems;
    struct config *config = NULL;
    str_init(&problems, PROBLEMS_MAX);
    enum err e = config_load(w->path, &problems, &config);
    if (e != ERR_OK)
        fputs(problems.len ? problems.data : "too many problems\n", stderr);
    if (e == ERR_OK && w->test)
        e = check_meaning(w->path, config);
    int status = e == ERR_OK ? 0 : 1;
    if (e == ERR_OK && w->test)
        printf("%s: good\n", w->path);
    else if (e == ERR_OK && (w->restore || w->restored))
        status = restore(config, w);
    else if (e == ERR_OK)
        status = app_run(config);
    config_free(config);
    str_release(&problems);
    return status;
}

int main(int argc, char **argv) {
    enum { OPTION_PRINT = 256, OPTION_VERSION, OPTION_RESTORE, OPTION_RESTORED, OPTION_SKIP };
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"test", no_argument, NULL, 't'},
                                            {"print-config", no_argument, NULL, OPTION_PRINT},
                                            {"restore", required_argument, NULL, OPTION_RESTORE},
                                            {"restored", no_argument, NULL, OPTION_RESTORED},
                                            {"skip-codes", required_argument, NULL, OPTION_SKIP},
                                            {"version", no_argument, NULL, OPTION_VERSION},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct wishes w = {.path = CONFIG_DEFAULT_PATH, .skip_codes = -1};
    for (int option; (option = getopt_long(argc, argv, "c:th", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            w.path = optarg;
            break;
        case 't':
            w.test = true;
            break;
        case OPTION_RESTORE:
            w.restore = optarg;
            break;
        case OPTION_RESTORED:
            w.restored = true;
            break;
        case OPTION_SKIP:
            if (parse_int(optarg, 0, CODE_BODIES, &w.skip_codes) != ERR_OK) {
                fprintf(stderr, "phanhoid: --skip-codes: \"%s\" is no number from 0 to %d\n", optarg, CODE_BODIES);
                return 2;
            }
            break;
        case OPTION_PRINT:
            return print_config();
        case OPTION_VERSION:
            puts("phanhoid " PHANHOI_VERSION);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "phanhoid: what is \"%s\"?\n%s", argv[optind], usage);
        return 2;
    }
    if ((w.restore != NULL) + w.restored + w.test > 1 || (w.skip_codes >= 0 && !w.restore && !w.restored)) {
        fprintf(stderr, "phanhoid: one of -t, --restore and --restored; --skip-codes with the latter two\n%s", usage);
        return 2;
    }
    return run(&w);
}
