/* The table of USB ids. Rows are looked at in order, the first that fits counts. Sources: "MM" the port type rules of ModemManager
 * (src/plugins/…/77-mm-*.rules), "usb.ids" the vendors' list, "makers" their AT or hardware manuals. */
#include "modem/usb_ids.h"

#include <stdbool.h>
#include <stddef.h>

enum { ANY = -1 };
#define VENDOR_CLASS 0xff

static const struct usb_row {
    int vid, pid; /* ANY */
    int number, subclass, protocol; /* of the interface; ANY. subclass and protocol: of the vendor's class only */
    enum protocol_role role;
    const char *product;
    const char *source; /* cppcheck-suppress unusedStructMember; for whoever reads the table */
} rows[] = {
#define FOUR_PORTS(vid, pid, product, source) \
    {vid, pid, 0, ANY, ANY, PROTOCOL_ROLE_DIAG, product, source}, {vid, pid, 1, ANY, ANY, PROTOCOL_ROLE_GPS, product, source}, \
        {vid, pid, 2, ANY, ANY, PROTOCOL_ROLE_AT, product, source}, { \
        vid, pid, 3, ANY, ANY, PROTOCOL_ROLE_PPP, product, source \
    }
    FOUR_PORTS(0x2c7c, 0x0125, "Quectel EC25", "MM quectel"),
    FOUR_PORTS(0x2c7c, 0x0121, "Quectel EC21", "MM quectel"),
    FOUR_PORTS(0x2c7c, 0x0191, "Quectel EG91", "MM quectel"),
    FOUR_PORTS(0x2c7c, 0x0195, "Quectel EG95", "MM quectel"),
    FOUR_PORTS(0x2c7c, 0x0296, "Quectel BG96", "MM quectel"),
    FOUR_PORTS(0x2c7c, 0x0306, "Quectel EG06", "MM quectel"),
    FOUR_PORTS(0x2c7c, 0x0512, "Quectel EG12", "MM quectel"),
    FOUR_PORTS(0x2c7c, 0x0800, "Quectel RM500", "MM quectel"),
    FOUR_PORTS(0x1e0e, 0x9001, "SIMCom SIM7600", "MM simtech"),
    {0x1e0e, 0x9001, 4, ANY, ANY, PROTOCOL_ROLE_AUDIO, "SIMCom SIM7600", "MM simtech"},
    {0x1e0e, 0x9205, 0, ANY, ANY, PROTOCOL_ROLE_DIAG, "SIMCom SIM7070", "MM simtech"},
    {0x1e0e, 0x9205, 1, ANY, ANY, PROTOCOL_ROLE_GPS, "SIMCom SIM7070", "MM simtech"},
    {0x1e0e, 0x9205, 2, ANY, ANY, PROTOCOL_ROLE_AT, "SIMCom SIM7070", "MM simtech"},
    {0x1e0e, 0x9206, 0, ANY, ANY, PROTOCOL_ROLE_DIAG, "SIMCom SIM7070", "MM simtech"},
    {0x1e0e, 0x9206, 2, ANY, ANY, PROTOCOL_ROLE_AT, "SIMCom SIM7070", "MM simtech"},
    {0x1e0e, 0x9011, 2, ANY, ANY, PROTOCOL_ROLE_IGNORE, "SIMCom A7600E", "MM simtech"},
    {0x1e0e, 0x9011, 4, ANY, ANY, PROTOCOL_ROLE_AT, "SIMCom A7600E", "MM simtech"},
    {0x1e0e, 0x9011, 5, ANY, ANY, PROTOCOL_ROLE_PPP, "SIMCom A7600E", "MM simtech"},
    /* Huawei numbers its interfaces differently on every model, but says in their protocol what they are. */
    {0x12d1, ANY, ANY, 0x01, 0x01, PROTOCOL_ROLE_PPP, "Huawei", "MM huawei"},
    {0x12d1, ANY, ANY, 0x01, 0x02, PROTOCOL_ROLE_AT, "Huawei", "MM huawei"},
    {0x12d1, ANY, ANY, 0x01, 0x03, PROTOCOL_ROLE_DIAG, "Huawei", "MM huawei"},
    {0x12d1, ANY, ANY, 0x02, 0x01, PROTOCOL_ROLE_PPP, "Huawei", "MM huawei"},
    {0x12d1, ANY, ANY, 0x02, 0x02, PROTOCOL_ROLE_AT, "Huawei", "MM huawei"},
    {0x12d1, ANY, ANY, 0x02, 0x03, PROTOCOL_ROLE_DIAG, "Huawei", "MM huawei"},
    /* Serial adapters: what is wired to them is anybody's guess, on each of their ports. */
    {0x0403, ANY, ANY, ANY, ANY, PROTOCOL_ROLE_ADAPTER, "FTDI adapter", "usb.ids"},
    {0x067b, ANY, ANY, ANY, ANY, PROTOCOL_ROLE_ADAPTER, "Prolific adapter", "usb.ids"},
    {0x10c4, ANY, ANY, ANY, ANY, PROTOCOL_ROLE_ADAPTER, "Silicon Labs adapter", "usb.ids"},
    {0x1a86, ANY, ANY, ANY, ANY, PROTOCOL_ROLE_ADAPTER, "CH340 adapter", "usb.ids"},
#undef FOUR_PORTS
};

static bool fits(int wanted, int is) {
    return wanted == ANY || wanted == is;
}

static bool row_fits(const struct usb_row *r, const struct usb_interface *i) {
    bool by_class = r->subclass != ANY;
    return fits(r->vid, i->vid) && fits(r->pid, i->pid) && fits(r->number, i->number) &&
           (!by_class || (i->class == VENDOR_CLASS && r->subclass == i->subclass && r->protocol == i->protocol));
}

enum protocol_role usb_role(const struct usb_interface *i) {
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++)
        if (row_fits(&rows[n], i))
            return rows[n].role;
    return i->siblings > 1 && i->number < 2 ? PROTOCOL_ROLE_IGNORE : PROTOCOL_ROLE_UNKNOWN;
}

const char *usb_product(uint16_t vid, uint16_t pid) {
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++)
        if (fits(rows[n].vid, vid) && fits(rows[n].pid, pid))
            return rows[n].product;
    return NULL;
}
