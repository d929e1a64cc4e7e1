/* From an input to the next screen. What a screen takes stands in ussd_screens.c; here is what each act does, how a session begins, goes on and ends,
 * and how a screen gets its values.
 *
 * 1. Every answer is a screen of the table within its limits; what is typed is never part of one.
 * 2. What the session is, is on disk before its answer leaves: the same transaction as what it did.
 * 3. When something fails but the disk, all of it is undone, and the session stands where it stood. */
#include "smsc/ussd_menu.h"

#include "firmware-host/base/clean.h"
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/centre.h"
#include "smsc/compose.h"
#include "smsc/notice.h"
#include "smsc/particulars.h"
#include "smsc/reassembly.h"
#include "smsc/submission.h"
#include "smsc/tracking.h"
#include "smsc/ussd_errand.h"
#include "store/sender_rules.h"
#include "store/ussd_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 182 /* characters: more never came over USSD */, WORDS_LEAST = 2 /* letters */, STATE_MAX = 64 * 1024, TEXT_MAX = 2048 };

void ussd_answer_release(struct ussd_answer *a) {
    free(a->text);
    *a = (struct ussd_answer){0};
}

/* ---- what inputs do ---- */

/* Where what was typed belongs to: a screen that only says why it must be typed again stands for the one before it. */
static enum ussd_screen asked_on(const struct ussd_state *s) {
    return s->screen == USSD_TEXT_SHORT || s->screen == USSD_TOO_LONG ? s->behind : s->screen;
}

/* Says why it must be typed again; what was typed so far stays. */
static enum err say(struct ussd_turn *t, enum ussd_screen complaint) {
    enum ussd_screen at = asked_on(t->state);
    if (at != USSD_WRONG)
        t->state->behind = at;
    t->state->screen = complaint;
    return ERR_OK;
}

static enum err go(struct ussd_turn *t, enum ussd_screen to) {
    if (to == USSD_ROOT)
        ussd_state_forget(t->state);
    t->state->screen = to;
    return ERR_OK;
}

typedef enum err ussd_action(struct ussd_turn *t, const struct ussd_choice *choice, const char *words);

static enum err goes(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)words;
    return go(t, (enum ussd_screen)choice->argument);
}

static enum err chooses_case(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)words;
    t->state->errand = (enum ussd_errand)choice->argument;
    t->state->code = 0;
    return go(t, USSD_LIST);
}

static enum err takes_field(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)words;
    ussd_state_set(&t->state->field, choice->field);
    return go(t, USSD_PLACE);
}

static enum err takes_place(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)choice;
    if (text_letters(words) < WORDS_LEAST)
        return say(t, USSD_WRONG);
    ussd_state_set(&t->state->place, words);
    return go(t, USSD_TEXT);
}

static enum err takes_text(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)choice;
    if (reassembly_letters(words, false) < SUBMISSION_LETTERS)
        return say(t, USSD_TEXT_SHORT);
    ussd_state_set(&t->state->text, words);
    return go(t, t->who->name ? USSD_PUBLIC : USSD_NAME);
}

/* Nothing but a name is asked for, so whatever could be one is: no list of names has everybody's. */
static enum err takes_name(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)choice;
    if (text_letters(words) < WORDS_LEAST || strpbrk(words, "0123456789") || text_codepoints(words) > PARTICULARS_NAME_MAX)
        return say(t, USSD_WRONG);
    ussd_state_set(&t->state->name, words);
    return go(t, USSD_PUBLIC);
}

static enum err files(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)words;
    bool whole = t->state->place && t->state->text;
    return whole ? ussd_submit(t, choice->act == USSD_FILES_SECRET) : go(t, USSD_FIELD);
}

/* ---- about a case ---- */

static enum err adds(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    struct pakn_case c = {0};
    enum case_role role = ROLE_CITIZEN;
    (void)choice;
    (void)words;
    enum err e = ussd_case(t, &c, &role);
    if (e == ERR_OK)
        t->state->screen = role == ROLE_CITIZEN && c.state == CASE_PUBLISHED ? USSD_REJOINDER : USSD_SUPPLEMENT;
    case_release(&c);
    return e == ERR_NOT_FOUND ? go(t, USSD_LIST) : e;
}

static enum err with_case(struct ussd_turn *t) {
    static const enum ussd_screen screens[] = {[USSD_TO_TRACK] = USSD_CASE, [USSD_TO_RATE] = USSD_RATING, [USSD_TO_CHANGE] = USSD_CHANGE};
    return t->state->errand == USSD_TO_SUPPLEMENT ? adds(t, NULL, NULL) : go(t, screens[t->state->errand]);
}

static enum err picks(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    int place = choice->key - '1';
    (void)words;
    if (place > t->state->count)
        return say(t, USSD_WRONG);
    if (place == t->state->count)
        return go(t, USSD_CODE);
    t->state->code = t->state->codes[place];
    return with_case(t);
}

static enum err takes_code(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)choice;
    enum err e = ussd_take_code(t, words);
    if (e == ERR_INVALID)
        return say(t, USSD_WRONG);
    if (e == ERR_NOT_FOUND)
        return ERR_OK; /* the screen says so */
    return e == ERR_OK ? with_case(t) : e;
}

static enum err takes_supplement(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)choice;
    return text_letters(words) < WORDS_LEAST ? say(t, USSD_WRONG) : ussd_do(t, VERB_SUPPLEMENT, words);
}

static enum err takes_rejoinder(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)choice;
    if (text_letters(words) < WORDS_LEAST)
        return say(t, USSD_WRONG);
    ussd_state_set(&t->state->text, words);
    return go(t, USSD_REJOINDER_SURE);
}

/* Those that are a word by themselves. */
static enum err does(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    static const enum verb verbs[USSD_ACT_COUNT] = {
        [USSD_TEXTS_CASE] = VERB_TRACK,       [USSD_REJOINS] = VERB_REJOIN,       [USSD_RATES] = VERB_RATE,
        [USSD_WITHDRAWS] = VERB_WITHDRAW_ASK, [USSD_KEEPS_SECRET] = VERB_SETCONF, [USSD_WANTS_CALL] = VERB_CALLBACK};
    (void)words;
    t->rating = choice->act == USSD_RATES ? choice->argument : 0;
    if (choice->act == USSD_WANTS_CALL)
        t->state->code = 0;
    return ussd_do(t, verbs[choice->act], choice->act == USSD_REJOINS ? t->state->text : NULL);
}

/* ---- behind a wrong choice ---- */

static bool of_submission(enum ussd_screen screen) {
    return screen >= USSD_FIELD && screen <= USSD_PUBLIC;
}

static enum err submits_again(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    (void)choice;
    (void)words;
    return go(t, of_submission(t->state->behind) ? t->state->behind : USSD_FIELD);
}

static enum err tracks_again(struct ussd_turn *t, const struct ussd_choice *choice, const char *words) {
    static const struct ussd_choice anew = {.act = USSD_CHOOSES_CASE, .argument = USSD_TO_TRACK};
    enum ussd_screen behind = t->state->behind;
    (void)choice;
    bool tracking = t->state->errand == USSD_TO_TRACK && behind >= USSD_LIST && behind <= USSD_CASE;
    return tracking ? go(t, behind) : chooses_case(t, &anew, words);
}

static ussd_action *const actions[USSD_ACT_COUNT] = {
    [USSD_GOES] = goes,
    [USSD_CHOOSES_CASE] = chooses_case,
    [USSD_TAKES_FIELD] = takes_field,
    [USSD_TAKES_PLACE] = takes_place,
    [USSD_TAKES_TEXT] = takes_text,
    [USSD_TAKES_NAME] = takes_name,
    [USSD_FILES] = files,
    [USSD_FILES_SECRET] = files,
    [USSD_PICKS] = picks,
    [USSD_TAKES_CODE] = takes_code,
    [USSD_TEXTS_CASE] = does,
    [USSD_ADDS] = adds,
    [USSD_TAKES_SUPPLEMENT] = takes_supplement,
    [USSD_TAKES_REJOINDER] = takes_rejoinder,
    [USSD_REJOINS] = does,
    [USSD_RATES] = does,
    [USSD_WITHDRAWS] = does,
    [USSD_KEEPS_SECRET] = does,
    [USSD_WANTS_CALL] = does,
    [USSD_SUBMITS_AGAIN] = submits_again,
    [USSD_TRACKS_AGAIN] = tracks_again,
};

/* ---- one input ---- */

/* Without blanks at the ends. NULL: nothing that can be read: not UTF-8, a NUL, nothing at all. The caller frees. */
static char *read_input(struct bytes input) {
    static const char blanks[] = " \t\r\n";
    const char *data = (const char *)input.data;
    size_t from = 0, to = input.len;
    if (to == 0 || !text_valid(data, to))
        return NULL;
    while (from < to && strchr(blanks, data[from]))
        from++;
    while (to > from && strchr(blanks, data[to - 1]))
        to--;
    return to > from ? mem_string_n(data + from, to - from) : NULL;
}

static enum err take_words(struct ussd_turn *t, enum ussd_screen at, const char *typed) {
    char *words = read_input(bytes_text(*typed == '*' ? typed + 1 : typed));
    enum err e = words ? actions[ussd_rows[at].words](t, NULL, words) : say(t, USSD_WRONG);
    if (e == ERR_OK && words)
        ussd_state_set(&t->state->said, typed);
    free(words);
    return e;
}

static enum err take(struct ussd_turn *t, struct bytes input) {
    enum ussd_screen at = asked_on(t->state);
    const struct ussd_row *row = &ussd_rows[at];
    char *typed = read_input(input);
    if (typed && t->state->said && strcmp(typed, t->state->said) == 0) { /* once more, because its answer got lost: the screen is shown again */
        free(typed);
        return ERR_OK;
    }
    ussd_state_set(&t->state->said, NULL);
    const struct ussd_choice *choice = typed && strlen(typed) == 1 ? ussd_choice(at, t->state->accented, *typed) : NULL;
    enum err e = ERR_OK;
    if (!typed)
        e = say(t, USSD_WRONG);
    else if (text_codepoints(typed) > INPUT_MAX)
        e = say(t, row->kind == USSD_ASKS_WORDS ? USSD_TOO_LONG : USSD_WRONG);
    else if (strcmp(typed, "00") == 0)
        e = go(t, USSD_ROOT);
    else if (choice)
        e = actions[choice->act](t, choice, NULL);
    else if (strcmp(typed, "0") == 0)
        e = go(t, row->back);
    else
        e = row->kind == USSD_ASKS_WORDS ? take_words(t, at, typed) : say(t, USSD_WRONG);
    free(typed);
    return e;
}

/* ---- showing ---- */

enum { PIECES = 4 }; /* of a case: state, limit, agency, date */
struct shown { /* the values of a screen, and what they lie in */
    struct ussd_values values;
    char province[128], code[CASE_CODE_SIZE], day[COMPOSE_DATE_SIZE], other[16];
    struct str pieces[PIECES];
    int used;
};

static struct str *piece(struct shown *p) {
    struct str *s = &p->pieces[p->used++];
    str_init(s, TEXT_MAX);
    return s;
}

static void add_settings(const struct smsc *s, struct shown *p) {
    size_t i = 0;
    for (const char *at = s->settings.province_name; at[i] && i + 1 < sizeof p->province; i++)
        p->province[i] = (char)(at[i] >= 'a' && at[i] <= 'z' ? at[i] - 'a' + 'A' : at[i]);
    p->province[i] = '\0';
    p->values.of[USSD_VARIABLE_PROVINCE] = p->province;
    p->values.of[USSD_VARIABLE_SHORTCODE] = s->settings.shortcode;
}

static void add_code(const struct ussd_state *s, struct shown *p) {
    case_code_text(s->code, p->code);
    p->values.of[USSD_VARIABLE_CODE] = p->code;
}

static void add_date(const struct ussd_state *s, struct shown *p) {
    struct str *date = piece(p);
    notice_date(s->due_day, s->accented, date);
    p->values.of[USSD_VARIABLE_DATE] = date->data;
}

static enum err add_list(struct ussd_turn *t, struct shown *p) {
    enum case_state states[USSD_LISTED];
    bool accented = t->state->accented;
    enum err e = ussd_list(t, accented ? USSD_LISTED_ACCENTED : USSD_LISTED, states);
    if (e != ERR_OK)
        return e;
    if (t->state->count == 0)
        return go(t, USSD_CODE);
    struct str *items = piece(p);
    for (int i = 0; i < t->state->count; i++) {
        str_addf(items, "%d %09d ", i + 1, (int)t->state->codes[i]);
        ussd_state_text(states[i], accented, true, items);
        str_add_char(items, '\n');
    }
    snprintf(p->other, sizeof p->other, "%d", t->state->count + 1);
    p->values.of[USSD_VARIABLE_ITEMS] = items->data;
    p->values.of[USSD_VARIABLE_OTHER] = p->other;
    return ERR_OK;
}

/* Its name, or where that has no room its short one, which has no accents. */
static enum err add_agency(struct ussd_turn *t, int64_t agency_id, struct shown *p) {
    struct str name;
    struct str *clean = piece(p);
    bool accented = t->state->accented;
    str_init(&name, TEXT_MAX);
    enum err e = notice_agency(t->s, agency_id, accented, &name);
    if (e == ERR_OK && accented && ussd_units(name.data, true) > USSD_AGENCY_ACCENTED) {
        str_clear(&name);
        e = notice_agency(t->s, agency_id, false, &name);
    }
    if (e == ERR_OK)
        clean_text(name.data, (struct clean_form){.accented = accented}, clean);
    p->values.of[USSD_VARIABLE_AGENCY] = clean->data ? clean->data : "";
    str_release(&name);
    return e;
}

static void add_limit(const struct ussd_turn *t, const struct pakn_case *c, struct shown *p) {
    struct str *limit = piece(p);
    str_add(limit, "");
    if (tracking_has_limit(c)) {
        str_add(limit, t->state->accented ? "Hạn " : "Han: ");
        notice_date(c->due_day, t->state->accented, limit);
        str_add_char(limit, '\n');
    }
    p->values.of[USSD_VARIABLE_LIMIT] = limit->data ? limit->data : "";
}

static enum err add_case(struct ussd_turn *t, struct shown *p) {
    struct pakn_case c = {0};
    struct case_life life = {0};
    enum case_role role = ROLE_CITIZEN;
    enum err e = ussd_case(t, &c, &role);
    if (e == ERR_NOT_FOUND)
        return go(t, USSD_NO_CODE);
    if (e == ERR_OK)
        e = life_get(t->s->store, c.id, &life);
    if (e == ERR_OK) {
        struct str *state = piece(p);
        ussd_state_text(c.state, t->state->accented, false, state);
        p->values.of[USSD_VARIABLE_STATE] = state->data;
        compose_short_date(clock_vietnam_day(c.submitted_at), p->day);
        p->values.of[USSD_VARIABLE_DAY] = p->day;
        add_limit(t, &c, p);
        e = add_agency(t, life.unit_id ? life.unit_id : life.agency_id, p);
    }
    life_release(&life);
    case_release(&c);
    return e;
}

/* Chooses the form, gets the values; a list without cases and a case that is gone lead elsewhere. */
static enum err show(struct ussd_turn *t, struct str *text) {
    struct shown p = {.used = 0};
    enum err e = ERR_OK;
    t->state->accented = t->who->accents;
    if (t->state->screen == USSD_LIST)
        e = add_list(t, &p);
    else if (t->state->screen == USSD_CASE)
        e = add_case(t, &p);
    add_settings(t->s, &p);
    add_code(t->state, &p);
    add_date(t->state, &p);
    if (e == ERR_OK)
        ussd_render(t->state->screen, t->state->accented, &p.values, text);
    for (int i = 0; i < p.used; i++)
        str_release(&p.pieces[i]);
    return e;
}

/* ---- sessions ---- */

/* `*1022#`, `*1022*1#`: what is dialled. */
static bool is_dialled(struct bytes input) {
    const char *data = (const char *)input.data;
    if (input.len < 3 || data[0] != '*' || data[input.len - 1] != '#')
        return false;
    for (size_t i = 1; i < input.len; i++)
        if (!strchr("0123456789*#", data[i]) || !data[i])
            return false;
    return true;
}

/* What is known of the phone's session that isn't over. ERR_NOT_FOUND: nothing. */
static enum err recall(struct ussd_turn *t, int64_t *ret_answered_at) {
    struct ussd_session row = {0};
    enum err e = ussd_session_get(t->s->store, t->who->id, &row);
    if (e == ERR_OK && row.expires_at <= t->now)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        e = ussd_state_read(row.state, t->state);
    if (e == ERR_OK)
        *ret_answered_at = row.answered_at;
    ussd_session_release(&row);
    if (e == ERR_SEALED || e == ERR_INVALID) {
        log_event(LOG_LEVEL_WARNING, "ussd.lost", log_phone("phone", &t->who->phone), log_err(e));
        e = ERR_NOT_FOUND;
    }
    return e;
}

static enum err remember(struct ussd_turn *t) {
    const struct ussd_settings *settings = &t->s->settings.ussd;
    bool resumes = !t->state->last && settings->resume > settings->idle;
    struct ussd_session row = {
        .subscriber_id = t->who->id, .answered_at = t->now, .expires_at = t->now + (resumes ? settings->resume : settings->idle)};
    struct str state;
    str_init(&state, STATE_MAX);
    ussd_state_write(t->state, &state);
    row.state = state.data;
    enum err e = str_ok(&state) ? ussd_session_put(t->s->store, &row) : ERR_TOO_LONG;
    centre_timer(t->s, row.expires_at);
    str_release(&state);
    return e;
}

/* What stands in the state is what the answer shows: where they were, the next screen, or the last one again. */
static enum err proceed(struct ussd_turn *t, const struct ussd_request *r) {
    int64_t answered_at = 0;
    enum err e = recall(t, &answered_at);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    bool known = e == ERR_OK && t->now - answered_at <= t->s->settings.ussd.idle && strcmp(t->state->session, r->session) == 0 &&
                 strcmp(t->state->operator_name, r->operator_name) == 0;
    if (known && !r->begins && !is_dialled(r->input)) {
        bool again = t->state->last || (r->sequence && r->sequence == t->state->sequence);
        e = again ? ERR_OK : take(t, r->input);
        t->state->sequence = r->sequence;
        return e;
    }
    if (t->state->last)
        ussd_state_forget(t->state);
    t->state->sequence = r->sequence;
    log_event(LOG_LEVEL_INFO, "ussd.begins", log_phone("phone", &t->who->phone), log_text("link", t->link),
              log_text("screen", ussd_rows[t->state->screen].name));
    e = str_copy(t->state->session, sizeof t->state->session, r->session);
    return e == ERR_OK ? str_copy(t->state->operator_name, sizeof t->state->operator_name, r->operator_name) : e;
}

static enum err answer(struct ussd_turn *t, const struct ussd_request *r, struct str *text) {
    enum err e = proceed(t, r);
    bool over = t->state->last;
    if (e == ERR_OK && over)
        str_add(text, t->state->last);
    if (e != ERR_OK || over)
        return e;
    if (sender_state(t->who, t->now) != SENDER_OK && ussd_rows[t->state->screen].kind != USSD_ENDS)
        t->state->screen = USSD_REFUSED;
    e = show(t, text);
    if (e == ERR_OK && ussd_rows[t->state->screen].kind == USSD_ENDS) {
        bool accented = t->state->accented;
        enum ussd_screen screen = t->state->screen;
        ussd_state_forget(t->state); /* nothing that was typed is kept longer than it's needed */
        t->state->screen = screen;
        t->state->accented = accented;
        ussd_state_set(&t->state->last, text->data);
    }
    if (e == ERR_OK)
        e = remember(t);
    crash_point("ussd.answered");
    return e;
}

/* ---- the whole ---- */

static bool is_name(const char *name, size_t most, const char *of) {
    size_t len = name ? strlen(name) : 0;
    return len > 0 && len <= most && text_valid(name, len) && (!of || strspn(name, of) == len);
}

static enum err answer_guarded(struct smsc *s, struct ussd_turn *t, const struct ussd_request *r, struct str *text) {
    enum err e = centre_guard_begin(s);
    if (e != ERR_OK)
        return e;
    e = centre_guard_end(s, answer(t, r, text));
    if (e == ERR_OK || err_retry(e) == RETRY_LATER)
        return e;
    log_event(LOG_LEVEL_ERROR, "ussd.failed", log_phone("phone", &r->phone), log_text("screen", ussd_rows[t->state->screen].name), log_err(e));
    str_clear(text);
    t->state->screen = USSD_LATER;
    return show(t, text);
}

enum err smsc_ussd(struct smsc *s, const struct ussd_request *request, int64_t now, struct ussd_answer *ret_answer) {
    enum { OPERATOR_MAX = 48 };
    char link[sizeof USSD_LINK_PREFIX + OPERATOR_MAX];
    struct subscriber who = {0};
    struct ussd_state state = {.screen = USSD_ROOT};
    struct str text;
    if (request->phone.kind != PHONE_E164 || request->sequence < 0 || request->sequence > UINT16_MAX || centre_own_number(s, &request->phone) ||
        !is_name(request->session, USSD_NAME_MAX, NULL) || !is_name(request->operator_name, OPERATOR_MAX, "abcdefghijklmnopqrstuvwxyz0123456789.-"))
        return ERR_INVALID;
    snprintf(link, sizeof link, "%s%s", USSD_LINK_PREFIX, request->operator_name);
    struct ussd_turn t = {.s = s, .who = &who, .state = &state, .link = link, .now = now};
    str_init(&text, TEXT_MAX);
    enum err e = subscriber_get(s->store, &request->phone, &who);
    if (e == ERR_OK)
        e = answer_guarded(s, &t, request, &text);
    if (e == ERR_OK)
        *ret_answer = (struct ussd_answer){
            .encoding = state.accented ? SMS_UCS2 : SMS_GSM7, .ends = ussd_rows[state.screen].kind == USSD_ENDS, .text = str_detach(&text)};
    str_release(&text);
    ussd_state_release(&state);
    subscriber_release(&who);
    return e;
}
