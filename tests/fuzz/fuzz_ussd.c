/* Any octets as a +CUSD line, as the text of a request, and as what a network says of a credit: what comes out is valid, bounded text without
 * controls; a request holds nothing that could end its quotes; an amount and a day are possible ones. The first octet chooses the form. */
#include "firmware-host/balance_codes.h"
#include "firmware-host/base/clock.h"
#include "firmware-host/base/text.h"
#include "modem/at_reply.h"
#include "modem/ussd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static void check_reply(const char *line, enum ussd_form form) {
    struct ussd_reply reply;
    demand(ussd_extent(line) <= USSD_OPEN);
    if (!ussd_parse(line, form, &reply))
        return;
    size_t len = strnlen(reply.text, sizeof reply.text);
    demand(reply.status < USSD_STATUS_COUNT && len < sizeof reply.text && text_valid(reply.text, len));
    for (size_t i = 0; i < len; i++)
        demand((unsigned char)reply.text[i] >= 0x20 || reply.text[i] == '\n');
}

static void check_request(const char *text, enum ussd_form form) {
    struct str to;
    str_init(&to, AT_LINE_MAX);
    if (ussd_request(form, text, &to) == ERR_OK) {
        demand(str_ok(&to) && to.len > 0 && !strpbrk(to.data, "\"\r\n"));
        demand(form == USSD_PLAIN || at_is_hex(to.data));
    }
    str_release(&to);
}

static void check_balance(const char *text) {
    struct balance b;
    if (!balance_read(text, balance_code_of((enum carrier)((unsigned char)text[0] % CARRIER_COUNT)), &b))
        return;
    demand(b.amount <= INT64_C(1000000000000) && b.amount >= -INT64_C(1000000000000));
    demand(b.expires == 0 || (b.expires >= civil_day_number(2000, 1, 1) && b.expires <= civil_day_number(2100, 12, 31)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char line[AT_LINE_MAX + 1];
    if (size == 0)
        return 0;
    enum ussd_form form = (enum ussd_form)(data[0] % USSD_FORM_COUNT);
    size_t len = size - 1 < AT_LINE_MAX ? size - 1 : AT_LINE_MAX;
    memcpy(line, data + 1, len);
    line[len] = '\0';
    check_reply(line, form);
    check_request(line, form);
    check_balance(line);
    return 0;
}
