/* The texts that people get, and a file of one's own looked at before the core is told of it. Asks no core: the texts of the program, of the
 * configuration (--config) or of a file. Without a configuration the name and short code are those of its sample. */
#include "firmware-host/ctl.h"

#include "firmware-host/config.h"
#include "smsc/templates.h"
#include "smsc/ussd_screens.h"

#include <string.h>

enum { TEXTS_MAX = 1024 * 1024 };

static struct template_values settings_of(const struct ctl *ctl) {
    const char *province = ctl->config ? ctl->config->smsc.province_name : "Thanh Hoa";
    const char *shortcode = ctl->config ? ctl->config->smsc.shortcode : "1022";
    return (struct template_values){.of = {[VARIABLE_PROVINCE] = province, [VARIABLE_SHORTCODE] = shortcode}};
}

/* Those of the argument, else of the configuration, else of the program. Says what is wrong with them. */
static enum ctl_exit texts_of(const struct ctl *ctl, struct templates **ret_templates) {
    struct template_values settings = settings_of(ctl);
    struct str problems;
    enum err e;
    str_init(&problems, TEXTS_MAX);
    if (ctl->argument_count > 0)
        e = config_templates_file(ctl->arguments[0], &settings, &problems, ret_templates);
    else if (ctl->config)
        e = config_templates(ctl->config, &problems, ret_templates);
    else
        e = templates_parse("{}", "", &settings, &problems, ret_templates);
    enum ctl_exit status = e == ERR_OK ? CTL_FINE : CTL_FAILED;
    if (e != ERR_OK && ctl->json) {
        status = ctl_fail(ctl, err_symbol(e), problems.data);
    } else if (e != ERR_OK) {
        ctl_print_clean(problems.data, stderr);
        fputs("\n", stderr);
    }
    str_release(&problems);
    return status;
}

static void put_form(struct json_writer *w, const struct templates *t, enum template_id id, bool accented, const struct template_values *settings) {
    struct template_length l;
    if (!template_length(t, id, accented, settings, &l))
        return;
    json_open_object(w, accented ? "accented" : "plain");
    json_put_text(w, "text", template_form(t, id, accented));
    json_put_int(w, "characters", (int64_t)l.longest);
    json_put_int(w, "room", (int64_t)l.room);
    json_put_int(w, "segments", (int64_t)l.segments);
    json_close_object(w);
}

static void put_texts(struct json_writer *w, const struct templates *t, const struct template_values *settings) {
    json_open_array(w, NULL);
    for (size_t i = 0; i < TEMPLATE_COUNT; i++) {
        enum template_id id = (enum template_id)i;
        struct str variables;
        str_init(&variables, 1024);
        template_variables(id, &variables);
        json_open_object(w, NULL);
        json_put_text(w, "name", template_name(id));
        json_put_bool(w, "own", template_is_own(t, id));
        put_form(w, t, id, false, settings);
        put_form(w, t, id, true, settings);
        json_put_text(w, "variables", variables.data ? variables.data : "");
        json_close_object(w);
        str_release(&variables);
    }
    json_close_array(w);
}

enum ctl_exit ctl_texts_list(struct ctl *ctl) {
    static const struct ctl_column columns[] = {
        {"NAME", "name", COLUMN_TEXT},
        {"OWN", "own", COLUMN_SWITCH},
        {"PLAIN", "plain.characters", COLUMN_NUMBER},
        {"SMS", "plain.segments", COLUMN_NUMBER},
        {"ACCENTED", "accented.characters", COLUMN_NUMBER},
        {"SMS", "accented.segments", COLUMN_NUMBER},
        {"VARIABLES", "variables", COLUMN_TEXT},
    };
    struct template_values settings = settings_of(ctl);
    struct templates *t = NULL;
    enum ctl_exit status = texts_of(ctl, &t);
    if (status != CTL_FINE)
        return status;
    struct str text;
    struct json_writer w;
    struct json *rows = NULL;
    str_init(&text, TEXTS_MAX);
    json_begin(&w, &text);
    put_texts(&w, t, &settings);
    if (json_parse(text.data, text.len, &rows) != ERR_OK)
        status = ctl_fail(ctl, err_symbol(ERR_TOO_LONG), "the list is too long");
    else if (ctl->json)
        ctl_print_json(rows);
    else
        ctl_print_rows(rows, columns, sizeof columns / sizeof columns[0], "no texts");
    json_free(rows);
    str_release(&text);
    templates_free(t);
    return status;
}

enum ctl_exit ctl_texts_print(struct ctl *ctl) {
    struct template_values settings = settings_of(ctl);
    struct templates *t = NULL;
    if (ctl->json)
        return ctl_texts_list(ctl);
    enum ctl_exit status = texts_of(ctl, &t);
    if (status != CTL_FINE)
        return status;
    struct str text;
    str_init(&text, TEXTS_MAX);
    templates_print(t, &settings, &text);
    fputs(text.data, stdout);
    str_release(&text);
    templates_free(t);
    return CTL_FINE;
}

static void put_screens(struct json_writer *w, const struct template_values *settings) {
    const char *province = settings->of[VARIABLE_PROVINCE], *shortcode = settings->of[VARIABLE_SHORTCODE];
    json_open_array(w, NULL);
    for (int i = 0; i < USSD_SCREEN_COUNT; i++) {
        json_open_object(w, NULL);
        json_put_text(w, "name", ussd_rows[i].name);
        for (int accented = 0; accented < 2; accented++) {
            json_open_object(w, accented ? "accented" : "plain");
            json_put_text(w, "text", ussd_rows[i].text[accented]);
            json_put_int(w, "characters", (int64_t)ussd_longest((enum ussd_screen)i, accented, province, shortcode));
            json_close_object(w);
        }
        json_close_object(w);
    }
    json_close_array(w);
}

enum ctl_exit ctl_texts_screens(struct ctl *ctl) {
    struct template_values settings = settings_of(ctl);
    struct str text;
    struct json_writer w;
    str_init(&text, TEXTS_MAX);
    json_begin(&w, &text);
    if (ctl->json)
        put_screens(&w, &settings);
    else
        ussd_screens_print(settings.of[VARIABLE_PROVINCE], settings.of[VARIABLE_SHORTCODE], &text);
    printf("%s%s", text.data, ctl->json ? "\n" : "");
    str_release(&text);
    return CTL_FINE;
}

enum ctl_exit ctl_texts_check(struct ctl *ctl) {
    struct templates *t = NULL;
    int own = 0;
    enum ctl_exit status = texts_of(ctl, &t);
    if (status != CTL_FINE)
        return status;
    for (int id = 0; id < TEMPLATE_COUNT; id++)
        own += template_is_own(t, (enum template_id)id);
    if (ctl->json)
        printf("{\"good\":true,\"own\":%d}\n", own);
    else
        printf("%s: good: %d of %d texts are your own\n", ctl->arguments[0], own, TEMPLATE_COUNT);
    templates_free(t);
    return CTL_FINE;
}
