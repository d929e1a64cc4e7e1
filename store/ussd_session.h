/* Where a phone is in the USSD menus: a row a phone, which lives for minutes and is wiped when its time is over. What the citizen has typed so far,
 * the screen, the operator's name of the session: all of it is one sealed text, which is smsc/ussd_state.c's to read. */
#ifndef STORE_USSD_SESSION_H
#define STORE_USSD_SESSION_H

#include "store/store.h"

struct ussd_session {
    int64_t subscriber_id;
    int64_t answered_at, expires_at; /* wall ms */
    char *state; /* JSON; sealed on disk */
};
void ussd_session_release(struct ussd_session *u);
/* ERR_NOT_FOUND. ERR_SEALED: damaged, or the key is gone: as good as none. */
MUST_CHECK enum err ussd_session_get(struct store *s, int64_t subscriber_id, struct ussd_session *ret_session);
MUST_CHECK enum err ussd_session_put(struct store *s, const struct ussd_session *u); /* in the place of the subscriber's former one */
MUST_CHECK enum err ussd_session_remove(struct store *s, int64_t subscriber_id); /* ERR_OK also where there is none */
/* The one that ends first. ERR_NOT_FOUND. */
MUST_CHECK enum err ussd_session_next_end(struct store *s, int64_t *ret_subscriber, int64_t *ret_expires_at);

#endif
