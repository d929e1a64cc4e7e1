/* Links as the queue sees them, and which of them a part may take.
 *
 * A link is usable while it's up, not resting, and within its limits per hour and day. It rests after a failure of its SIM, base × n² for the n-th in
 * a row (at most an hour), so that a blocked SIM doesn't burn through the queue; so it does after three messages in a row that failed for a time or
 * nobody knows of. One message that fails again and again counts once, and so does one recipient that refuses: it must not take SIMs away from the
 * others. A link that isn't usable is missing; after reply_link_wait it's gone.
 *
 * Two more count what fails, and each else: the ladder (firmware-host/ladder.h) tries of the few causes that a modem's restart heals, where those of
 * one message say as much as any; the alarm of low success a share of the last submissions, whatever their order. */
#ifndef SMSC_ROUTE_H
#define SMSC_ROUTE_H

#include "smsc/route_choice.h"
#include "smsc/smsc.h"

enum { ROUTE_ANY = -1 }; /* instead of a link's number: whichever comes first */
enum { ROUTE_STREAK = 3 }; /* messages that failed, or recipients with whom its SIM was refused, in a row: it's the link */

struct routes;
struct routes *routes_new(const struct smsc_settings *settings); /* borrowed: retry_base, rate_per_minute, reply_link_wait, sims */
void routes_free(struct routes *r);

int routes_link(struct routes *r, const char *name, int64_t now); /* its number, 0 …; a new name is a link that isn't up yet */
int routes_count(const struct routes *r);
const char *routes_name(const struct routes *r, int link);

/* Which SIM is in it, by a name that it has for life; "": the modem doesn't say, which is no sign of another. Another one isn't to blame for what the
 * last did. */
void routes_set_sim(struct routes *r, int link, const char *sim);
const char *routes_sim_name(const struct routes *r, int link); /* "": it never said */
void routes_up(struct routes *r, int link, int64_t now); /* also ends its rest, but for a SIM that was refused: that one begins a rest */
void routes_down(struct routes *r, int link, int64_t now);
void routes_rest(struct routes *r, int link, int64_t now); /* its SIM failed */
/* Its SIM was refused with that recipient for a cause that may be the SIM's as well as the recipient's. True once so many recipients that differ were
 * refused one after the other, without a submission that worked: it's the SIM. */
bool routes_refused(struct routes *r, int link, int64_t subscriber_id, int64_t now);
int routes_refusals(const struct routes *r, int link); /* how many such recipients so far; at most ROUTE_STREAK */
int64_t routes_refused_at(const struct routes *r, int link); /* the last of them; INT64_MIN: none */
void routes_forgive(struct routes *r, int link); /* a person's word: its SIM is tried at once, and isn't to blame for anything */
void routes_forget_refusals(struct routes *r, int link); /* before they are read anew */
void routes_fine(struct routes *r, int link); /* a submission worked: the next rest is short again, and the SIM isn't to blame */
void routes_failed(struct routes *r, int link, int64_t outbound_id, int64_t now); /* that message did, for a time or nobody knows; three: a rest */
void routes_used(struct routes *r, int link, int64_t now); /* a submission begins: rate, limits, turn */
void routes_was_used(struct routes *r, int link, int64_t at); /* one of before the start: limits. The latest first */
void routes_busy(struct routes *r, int link, bool busy); /* a submission is out; ROUTE_ANY: of all links */
/* The next TP-MR, 0–255. Most modems count by themselves and overwrite what the PDU says, so this counter follows what the network gave: then the
 * number that is asked for is the one that is used, also for a submission whose answer never came. It begins anywhere. */
int routes_reference(struct routes *r, int link);
void routes_follow(struct routes *r, int link, int reference); /* the network gave this one */
bool routes_follows(const struct routes *r, int link); /* whether it was ever told */

void routes_set_carrier(struct routes *r, int link, enum carrier carrier); /* the operator of its SIM */
bool routes_distinguish(const struct routes *r); /* whether a recipient's operator makes a difference: SIMs differ in theirs or in cost */

bool routes_ready(const struct routes *r, int link, int64_t now); /* up and fit, within its limits, and its rate allows a submission now */
/* The same, but for limits per hour and day: what has begun is finished, half a message helps nobody. */
bool routes_may_finish(const struct routes *r, int link, int64_t now);
/* For what any link may take: how many idle links have a better right to it than this one; -1: some link that can send is preferred to it. */
int routes_ahead(const struct routes *r, int link, enum carrier to, int64_t now);
struct route_sim routes_sim(const struct routes *r, int link, int64_t now); /* what decides about that link */
int routes_used_since(const struct routes *r, int link, int64_t since, int64_t now); /* submissions, as far as limits need to know */
int64_t routes_ready_at(const struct routes *r, int link, int64_t now); /* when that will be; INT64_MAX: not by time alone */
/* The number of a link that became usable, missing or gone since this was last asked; -1: none. What routes_choose says of them may differ now. */
int routes_changed(struct routes *r, int64_t now);
int64_t routes_gone_at(const struct routes *r, int link); /* when a missing link counts as gone; INT64_MAX: it isn't missing */
int routes_other(const struct routes *r, int link, enum carrier to); /* the best usable link besides that one; -1: none */

struct route_wish {
    int64_t others_at; /* wall ms: not before, others than `link` may take it, as long as that one is usable */
    int link; /* wanted; ROUTE_ANY */
    int avoid; /* the SIM that refused it in favour of another; ROUTE_ANY: none */
    enum carrier carrier; /* of the recipient, for choosing among any */
    bool strict; /* must stay on its link until that is gone: a repeat with TP-RD, or the rest of a message that has begun */
};

/* The link that has the part to itself now, or ROUTE_ANY. As of the last routes_changed.
 *   avoid        the wanted link if it's another and usable, else the best other usable one, else ROUTE_ANY: better there than nowhere
 *   strict       its link, until that is gone
 *   otherwise    its link while usable and until others_at; a link that never came up yet is waited for until it counts as gone */
int routes_choose(const struct routes *r, const struct route_wish *wish, int64_t now);

#endif
