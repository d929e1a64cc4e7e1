/* The tables of +CMS ERROR and +CME ERROR codes. The first row that holds a code answers: the ranges behind the single codes take what these leave,
 * and the last row of each table answers for every other code. */
#include "modem/cms_error.h"

#include <stddef.h>
#include <strings.h>

#define PERMANENT SMS_FAILURE_PERMANENT
#define TEMPORARY SMS_FAILURE_TEMPORARY
#define OTHER_SIM SMS_FAILURE_OTHER_SIM
#define SIM SMS_FAILURE_SIM

/* clang-format off */
static const struct cms_error cms_errors[] = {
    /* first last  class      certain text */
    {  1,    1,   PERMANENT, true,  "unassigned number"},
    {  8,    8,   PERMANENT, true,  "operator determined barring"},
    { 10,   10,   PERMANENT, true,  "call barred"},
    { 17,   17,   TEMPORARY, true,  "network failure"},
    { 21,   21,   OTHER_SIM, true,  "short message transfer rejected"},
    { 22,   22,   TEMPORARY, true,  "memory capacity exceeded"},
    { 27,   27,   PERMANENT, true,  "destination out of service"},
    { 28,   28,   PERMANENT, true,  "unidentified subscriber"},
    { 29,   29,   PERMANENT, true,  "facility rejected"},
    { 30,   30,   PERMANENT, true,  "unknown subscriber"},
    { 38,   38,   TEMPORARY, true,  "network out of order"},
    { 41,   41,   TEMPORARY, true,  "temporary failure"},
    { 42,   42,   TEMPORARY, true,  "congestion"},
    { 47,   47,   TEMPORARY, true,  "resources unavailable, unspecified"},
    { 50,   50,   PERMANENT, true,  "requested facility not subscribed"},
    { 69,   69,   PERMANENT, true,  "requested facility not implemented"},
    { 81,   81,   PERMANENT, true,  "invalid short message transfer reference value"},
    { 95,   95,   PERMANENT, true,  "invalid message, unspecified"},
    { 96,   96,   PERMANENT, true,  "invalid mandatory information"},
    { 97,   97,   PERMANENT, true,  "message type non-existent or not implemented"},
    { 98,   98,   PERMANENT, true,  "message not compatible with short message protocol state"},
    { 99,   99,   PERMANENT, true,  "information element non-existent or not implemented"},
    {111,  111,   PERMANENT, true,  "protocol error, unspecified"},
    {127,  127,   OTHER_SIM, true,  "interworking, unspecified"},
    {128,  128,   PERMANENT, true,  "telematic interworking not supported"},
    {129,  129,   PERMANENT, true,  "short message type 0 not supported"},
    {130,  130,   PERMANENT, true,  "cannot replace short message"},
    {143,  143,   PERMANENT, true,  "unspecified TP-PID error"},
    {144,  144,   PERMANENT, true,  "data coding scheme not supported"},
    {145,  145,   PERMANENT, true,  "message class not supported"},
    {159,  159,   PERMANENT, true,  "unspecified TP-DCS error"},
    {160,  160,   PERMANENT, true,  "command cannot be actioned"},
    {161,  161,   PERMANENT, true,  "command unsupported"},
    {175,  175,   PERMANENT, true,  "unspecified TP-Command error"},
    {176,  176,   PERMANENT, true,  "TPDU not supported"},
    {192,  192,   TEMPORARY, true,  "service centre busy"},
    {193,  193,   SIM,       true,  "no service centre subscription"},
    {194,  194,   TEMPORARY, true,  "service centre system failure"},
    {195,  195,   PERMANENT, true,  "invalid address of the short message entity"},
    {196,  196,   PERMANENT, true,  "destination short message entity barred"},
    {197,  197,   PERMANENT, true,  "duplicate short message rejected"},
    {198,  198,   PERMANENT, true,  "validity period format not supported"},
    {199,  199,   PERMANENT, true,  "validity period not supported"},
    {208,  208,   PERMANENT, true,  "SIM storage full"},
    {209,  209,   PERMANENT, true,  "no storage for short messages in the SIM"},
    {210,  210,   PERMANENT, true,  "error in the mobile station"},
    {211,  211,   PERMANENT, true,  "memory capacity exceeded"},
    {212,  212,   TEMPORARY, true,  "SIM application toolkit busy"},
    {213,  213,   PERMANENT, true,  "SIM data download error"},
    {1,    127,   TEMPORARY, true,  "network cause without a name"},
    {128,  175,   PERMANENT, true,  "reserved TP-PID, TP-DCS or TP-Command error"},
    {176,  255,   TEMPORARY, true,  "service centre cause without a name"},
    {300,  300,   TEMPORARY, true,  "ME failure"},
    {301,  301,   TEMPORARY, true,  "SMS service of ME reserved"},
    {302,  302,   TEMPORARY, true,  "operation not allowed"},
    {303,  303,   SIM,       true,  "operation not supported"},
    {304,  304,   PERMANENT, true,  "invalid PDU mode parameter"},
    {305,  305,   PERMANENT, true,  "invalid text mode parameter"},
    {310,  310,   SIM,       true,  "SIM not inserted"},
    {311,  311,   SIM,       true,  "SIM PIN required"},
    {312,  312,   SIM,       true,  "PH-SIM PIN required"},
    {313,  313,   SIM,       true,  "SIM failure"},
    {314,  314,   TEMPORARY, true,  "SIM busy"},
    {315,  315,   SIM,       true,  "SIM wrong"},
    {316,  316,   SIM,       true,  "SIM PUK required"},
    {317,  317,   SIM,       true,  "SIM PIN2 required"},
    {318,  318,   SIM,       true,  "SIM PUK2 required"},
    {320,  320,   SIM,       true,  "memory failure"},
    {321,  321,   TEMPORARY, false, "invalid memory index"},
    {322,  322,   TEMPORARY, false, "memory full"},
    {330,  330,   SIM,       true,  "SMSC address unknown"},
    {331,  331,   TEMPORARY, true,  "no network service"},
    {332,  332,   TEMPORARY, true,  "network timeout"},
    {340,  340,   TEMPORARY, false, "no +CNMA acknowledgement expected"},
    {500,  500,   TEMPORARY, false, "unknown error"},
    /* What several vendors mean by 512–515; the message may have left before the link broke. */
    {512,  512,   TEMPORARY, false, "link could not be set up or collided with an arrival"},
    {513,  513,   TEMPORARY, false, "radio link lost before the acknowledgement"},
    {514,  514,   TEMPORARY, false, "congestion or connection protocol error"},
    {515,  515,   TEMPORARY, false, "busy, please wait"},
    {-1,   -1,    TEMPORARY, false, "unknown code"},
};

static const struct cms_error cme_errors[] = {
    {  3,    3,   TEMPORARY, true,  "operation not allowed"},
    {  4,    4,   SIM,       true,  "operation not supported"},
    { 10,   10,   SIM,       true,  "SIM not inserted"},
    { 11,   11,   SIM,       true,  "SIM PIN required"},
    { 12,   12,   SIM,       true,  "SIM PUK required"},
    { 13,   13,   SIM,       true,  "SIM failure"},
    { 14,   14,   TEMPORARY, true,  "SIM busy"},
    { 15,   15,   SIM,       true,  "SIM wrong"},
    { 16,   16,   SIM,       true,  "incorrect password"},
    { 17,   17,   SIM,       true,  "SIM PIN2 required"},
    { 18,   18,   SIM,       true,  "SIM PUK2 required"},
    { 20,   20,   TEMPORARY, false, "memory full"},
    { 21,   21,   TEMPORARY, false, "invalid index"},
    { 22,   22,   TEMPORARY, false, "not found"},
    { 30,   30,   TEMPORARY, true,  "no network service"},
    { 31,   31,   TEMPORARY, false, "network timeout"},
    { 32,   32,   TEMPORARY, true,  "network not allowed - emergency calls only"},
    {100,  100,   TEMPORARY, false, "unknown"},
    {515,  515,   TEMPORARY, false, "busy, please wait"},
    {-1,   -1,    TEMPORARY, false, "unknown code"},
};
/* clang-format on */

static const struct cms_error *find(const struct cms_error *row, int code) {
    while (row->first >= 0 && (code < row->first || code > row->last))
        row++;
    return row;
}

const struct cms_error *cms_error_find(int code) {
    return find(cms_errors, code);
}

const struct cms_error *cme_error_find(int code) {
    return find(cme_errors, code);
}

static int find_text(const struct cms_error *row, const char *text) {
    for (; row->first >= 0; row++)
        if (row->first == row->last && strcasecmp(row->text, text) == 0)
            return row->first;
    return -1;
}

int cms_error_code(const char *text) {
    return find_text(cms_errors, text);
}

int cme_error_code(const char *text) {
    return find_text(cme_errors, text);
}
