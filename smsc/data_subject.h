/* DULIEU, XOADULIEU: what a person may ask about the data that is kept of them (Law 91/2025/QH15, Decree 356/2025/NĐ-CP). The appliance receives the
 * request and says by when it's answered: within two working days. A person answers it. */
#ifndef SMSC_DATA_SUBJECT_H
#define SMSC_DATA_SUBJECT_H

#include "smsc/turn.h"

MUST_CHECK enum err data_subject_request(struct turn *t); /* DATA_REQUEST, DATA_ERASE */

#endif
