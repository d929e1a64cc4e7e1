/* Consent is a change that the central store learns of, once. */
#include "smsc/preferences.h"

#include "firmware-host/base/json.h"
#include "store/outbox.h"
#include "store/sender_rules.h"

enum { DATA_MAX = 512 };

static enum err set_notices(struct turn *t, bool wanted) {
    struct json_writer w;
    struct str data;
    if (!sender_step(t->who, wanted ? SENDER_OPTS_IN : SENDER_OPTS_OUT, 0, t->now))
        return ERR_OK; /* so it is already */
    str_init(&data, DATA_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "phone", t->who->phone.text);
    json_put_bool(&w, "notices", wanted);
    json_put_int(&w, "message", t->message->id);
    json_close_object(&w);
    enum err e = outbox_add(t->s->store, 0, "vn.pakn.consent.changed", NULL, t->now, &data);
    str_release(&data);
    return e;
}

enum err preferences_opt_out_silently(struct turn *t) {
    return set_notices(t, false);
}

enum err preferences_opt_out(struct turn *t) {
    enum err e = set_notices(t, false);
    return e == ERR_OK ? turn_reply(t, TEMPLATE_OPTOUT, NULL, 0) : e;
}

enum err preferences_opt_in(struct turn *t) {
    enum err e = set_notices(t, true);
    return e == ERR_OK ? turn_reply(t, TEMPLATE_OPTIN, NULL, 0) : e;
}

enum err preferences_accents_on(struct turn *t) {
    t->who->accents = true;
    return turn_reply(t, TEMPLATE_ACCENTS_ON, NULL, 0); /* in the new form at once */
}

enum err preferences_accents_off(struct turn *t) {
    t->who->accents = false;
    return turn_reply(t, TEMPLATE_ACCENTS_OFF, NULL, 0);
}
