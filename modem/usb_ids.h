/* What is known of USB devices with serial ports: which of their interfaces speaks AT, and which must never be written to. Octets to a diagnostic
 * port (Qualcomm's DM) can switch a modem off or rewrite its memory; a GPS port only talks. */
#ifndef MODEM_USB_IDS_H
#define MODEM_USB_IDS_H

#include "modem/protocol.h"

#include <stdint.h>

struct usb_interface {
    uint16_t vid, pid;
    int number; /* bInterfaceNumber; -1: not known */
    int class, subclass, protocol; /* of the interface; -1: not known */
    unsigned siblings; /* serial ports of the same device, itself included */
};

/* What the port is for. A device that isn't in the table: PROTOCOL_ROLE_UNKNOWN where it has one port, or from its third interface on; the first two
 * of several are those that makers use for diagnostics and GPS: PROTOCOL_ROLE_IGNORE. */
enum protocol_role usb_role(const struct usb_interface *i);
const char *usb_product(uint16_t vid, uint16_t pid); /* "Quectel EC25"; NULL: not in the table */

#endif
