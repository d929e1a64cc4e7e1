/* What the Decision leaves to whoever runs the desk, and its numbers of working days: defaults and ranges. */
#include "store/case_rules.h"

#include <stddef.h>

enum { DAYS_MOST = 60, MINUTES_OF_DAY = 24 * 60 };

void case_settings_default(struct case_settings *s) {
    *s = (struct case_settings){
        .intake_days = 2,
        .unit_days = 10,
        .coordination_days = 5,
        .publication_days = 1,
        .rejoinder_days = 10,
        .reconsideration_days = 10,
        .supplement_days = 5,
        .reason_days = 1,
        .callback_days = 1,
        .supplement_restart_days = 2,
        .t1_on_transfer = T1_RESTART,
        .t2_start = T2_TRANSFER,
        .pause_on_need_info = true,
        .pauses_max = 2,
        .hops_max = 3,
        .t5_no_receipt_days = 3,
        .binding_days = 365,
        .rating_change_days = 30,
        .duplicate_days = 30,
    };
}

bool case_settings_check(const struct case_settings *s, struct str *problem) {
    const struct {
        const char *key;
        int value, least, most;
    } ranges[] = {
        {"intake_days", s->intake_days, 1, DAYS_MOST},
        {"unit_days", s->unit_days, 1, DAYS_MOST},
        {"coordination_days", s->coordination_days, 1, DAYS_MOST},
        {"publication_days", s->publication_days, 1, DAYS_MOST},
        {"rejoinder_days", s->rejoinder_days, 1, DAYS_MOST},
        {"reconsideration_days", s->reconsideration_days, 1, DAYS_MOST},
        {"supplement_days", s->supplement_days, 2, DAYS_MOST}, /* the reminder goes out a working day before */
        {"reason_days", s->reason_days, 1, DAYS_MOST},
        {"callback_days", s->callback_days, 1, DAYS_MOST},
        {"supplement_restart_days", s->supplement_restart_days, 0, DAYS_MOST},
        {"cutoff_time", s->cutoff_time, 0, MINUTES_OF_DAY - 1},
        {"pauses_max", s->pauses_max, 0, 100},
        {"hops_max", s->hops_max, 1, 100},
        {"t5_no_receipt_days", s->t5_no_receipt_days, 0, DAYS_MOST},
        {"overall_limit", s->overall_limit, 0, 250},
        {"binding_days", s->binding_days, 0, 3650},
        {"rating_change_days", s->rating_change_days, 0, 365},
        {"duplicate_days", s->duplicate_days, 0, 365},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most) {
            str_addf(problem, "deadlines.%s is %d, allowed are %d to %d", ranges[i].key, ranges[i].value, ranges[i].least, ranges[i].most);
            return false;
        }
    }
    return true;
}
