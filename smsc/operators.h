/* Which operator a Vietnamese mobile number belongs to: the numbering plan as a table (operators.c), numbers that were ported, and what a SIM says of
 * itself. Ported numbers and changed prefixes come from a file of the operator of this appliance, whole or not at all. */
#ifndef SMSC_OPERATORS_H
#define SMSC_OPERATORS_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum carrier { /* a mobile network operator: "operator" is a word of another language */
               CARRIER_UNKNOWN, /* landlines, short codes, foreign numbers, ranges that nobody has */
               CARRIER_VIETTEL,
               CARRIER_VINAPHONE,
               CARRIER_MOBIFONE,
               CARRIER_VIETNAMOBILE,
               CARRIER_GMOBILE,
               CARRIER_ITELECOM,
               CARRIER_WINTEL,
               CARRIER_COUNT,
};

const char *carrier_name(enum carrier carrier); /* "Viettel"; CARRIER_UNKNOWN: "" */
bool carrier_parse(const char *name, enum carrier *ret_carrier); /* as named, in any case; "" is none */
void carrier_list(struct str *to); /* "Viettel, VinaPhone, …" for people */
enum carrier carrier_of_imsi(const char *imsi); /* by its 452 xx; NULL: unknown */
enum carrier carrier_of_network(const char *name); /* of AT+COPS: "VIETTEL", "VN VINAPHONE", "45204" … NULL: unknown */

struct operators; /* a plan: prefixes, ported numbers */

#define OPERATORS_FILE_MAX (4 * 1024 * 1024) /* octets; about 290,000 ported numbers */
/* JSON:
 *   {"prefixes": {"0777": "MobiFone"}, "ported": {"Viettel": ["0912345678", "0903111222"]}}
 * Prefixes are of 3 to 9 digits, the 0 in front; the longest that fits decides, one of the file before one of the program. A ported number comes
 * before all prefixes. `name` is the file's, for `problems`: "name:12: …", a line each. ERR_INVALID: nothing of it is used. */
MUST_CHECK enum err operators_parse(const char *json, const char *name, struct str *problems, struct operators **ret_operators);
void operators_free(struct operators *o);
size_t operators_ported(const struct operators *o); /* how many numbers; 0 for NULL */

enum carrier operators_of(const struct operators *o, const struct phone *phone); /* o NULL: the program's plan alone. O(log n) */

#endif
