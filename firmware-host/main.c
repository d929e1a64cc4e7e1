/* phanhoid: the core of the appliance. Reads its command line and its configuration, then app.c takes over.
 * Exit status: 0 fine, 1 the configuration is wrong or the start failed, 2 wrong usage. */
#include "firmware-host/app.h"
#include "firmware-host/config.h"
#include "firmware-host/directory_file.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PROBLEMS_MAX = 64 * 1024, SAMPLE_MAX = 256 * 1024 };

static const char usage[] = "usage: phanhoid [-c FILE] [-t]\n"
                            "  -c, --config FILE  the configuration (" CONFIG_DEFAULT_PATH ")\n"
                            "  -t, --test         check it and exit: 0 it's good, 1 it isn't\n"
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
    str_init(&problem, PROBLEMS_MAX);
    enum err e = smsc_settings_check(&config->smsc, &problem);
    if (e != ERR_OK)
        fprintf(stderr, "%s: %s\n", path, problem.data);
    else if ((e = config_calendar(config, &problem, &calendar)) != ERR_OK)
        fprintf(stderr, "%s\n", problem.data);
    else if ((e = config_templates(config, &problem, &templates)) != ERR_OK)
        fprintf(stderr, "%s\n", problem.data);
    else if (*config->directory_file && (e = directory_file_read(config->directory_file, &problem, &directory)) != ERR_OK)
        fprintf(stderr, "%s\n", problem.data);
    calendar_free(calendar);
    templates_free(templates);
    directory_free(directory);
    str_release(&problem);
    return e;
}

static int run(const char *path, bool test) {
    struct str problems;
    struct config *config = NULL;
    str_init(&problems, PROBLEMS_MAX);
    enum err e = config_load(path, &problems, &config);
    if (e != ERR_OK)
        fputs(problems.len ? problems.data : "too many problems\n", stderr);
    if (e == ERR_OK && test)
        e = check_meaning(path, config);
    int status = e == ERR_OK ? 0 : 1;
    if (e == ERR_OK && test)
        printf("%s: good\n", path);
    else if (e == ERR_OK)
        status = app_run(config);
    config_free(config);
    str_release(&problems);
    return status;
}

int main(int argc, char **argv) {
    enum { OPTION_PRINT = 256, OPTION_VERSION };
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},       {"test", no_argument, NULL, 't'}, {"print-config", no_argument, NULL, OPTION_PRINT},
        {"version", no_argument, NULL, OPTION_VERSION}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    const char *path = CONFIG_DEFAULT_PATH;
    bool test = false;
    for (int option; (option = getopt_long(argc, argv, "c:th", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 't':
            test = true;
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
    return run(path, test);
}
