/* The table of families. From the makers' AT manuals and from what the drivers of ModemManager, ofono, gammu, Kannel and smstools work around.
 *
 * Left out on purpose: commands that change what the device is after the next plugging-in (AT^U2DIAG, AT+ZCDRUN, AT+WOPEN, AT+IPR;&W). They are for
 * a person who sets the device up, not for a worker that may meet it for the first time. */
#include "modem/quirks.h"

#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LIST(...) \
    (const char *const[]) { \
        __VA_ARGS__, NULL \
    }

/* What lies on the SIM outlives the modem; an LTE module's own memory has ten times the room. */
#define SIM_FIRST \
    { AT_MEMORY_SM, AT_MEMORY_ME, AT_MEMORY_MT }
#define OWN_FIRST \
    { AT_MEMORY_ME, AT_MEMORY_SM, AT_MEMORY_MT }

/* Rows of models stand before their maker's. */
static const struct quirks families[] = {
    {
        .family = "SIM7600",
        .models = "SIM7500|SIM7600|SIM7000|SIM7070|SIM7080|SIM7100|A7600|A7602|A7670|A7672|A7682",
        .init = LIST("AT+CNSMOD=0", "AT+AUTOCSQ=0"), /* else +CNSMOD: and +CSQ: come at every change */
        .memories = SIM_FIRST,
        .noise = LIST("MISSED_CALL", "OVER-VOLTAGE", "UNDER-VOLTAGE"),
        .ussd = USSD_UCS2,
        .restart = "AT+CFUN=1,1",
    },
    {
        .family = "SIM800",
        .models = "SIM800|SIM808|SIM868|SIM900|SIM908|SIMCOM_SIM8|SIMCOM_SIM9",
        .init = LIST("AT+CIURC=0", "AT+CLTS=0"), /* fewer boot lines ("SMS Ready" comes all the same), no *PSUTTZ: */
        .indications = LIST("2,1,0,1,0", "1,1,0,1,0"), /* it knows no SR memory */
        .memories = SIM_FIRST,
        .first_slot = 1,
        .no_acknowledgement = true,
        .noise = LIST("NORMAL POWER DOWN", "OVER-VOLTAGE", "UNDER-VOLTAGE", "DST:", "MISSED_CALL"),
        .ussd = USSD_PLAIN, /* with AT+CSCS="HEX" the answer is empty */
        .restart = "AT+CFUN=1,1",
    },
    {
        .family = "M35",
        .models = "M35|M66|M72|M85|M95|M10",
        .makers = "Quectel",
        .memories = SIM_FIRST,
        .first_slot = 1,
        .noise = LIST("NORMAL POWER DOWN", "OVER_VOLTAGE", "UNDER_VOLTAGE"),
        .ussd = USSD_UCS2, /* and answers so under dcs 15 */
        .restart = "AT+CFUN=1,1",
    },
    {
        .family = "EC25",
        .models = "EC2|EG2|EG9|EC200|BG9|UC20|EM0|EP06|RG5|RM5",
        .makers = "Quectel",
        .init = LIST("AT+QINDCFG=\"csq\",0", "AT+QINDCFG=\"act\",0"),
        .indications = LIST("2,1,0,2,0"),
        .memories = OWN_FIRST,
        .urc_ports = LIST("usbat", "usbmodem", "uart1"),
        .noise = LIST("POWERED DOWN"),
        .ussd = USSD_UCS2,
        .restart = "AT+CFUN=1,1",
    },
    {
        .family = "Huawei",
        .makers = "huawei",
        .init = LIST("AT^CURC=0", "AT^PORTSEL=1"), /* the latter: unsolicited lines on the port that isn't for dialling */
        .indications = LIST("1,1,0,2,0", "1,1,0,1,0"), /* mode 2 is reserved */
        .memories = SIM_FIRST,
        .ussd = USSD_PACKED,
        .restart = "AT^RESET",
    },
    {
        .family = "ZTE",
        .makers = "ZTE",
        .init = LIST("AT+CPMS?", "AT+ZOPRT=5"), /* the former ends the flood of +ZUSIMR: that crashes some */
        .memories = SIM_FIRST,
        .ussd = USSD_PLAIN,
        .restart = "AT+CFUN=1,1",
    },
    {
        .family = "Wavecom",
        .makers = "WAVECOM|Sierra Wireless",
        .models = "MULTIBAND|Fastrack|Q2|Q24|GL6|WMO|FXT",
        .init = LIST("AT+WIND=0"), /* until the next start: then +WIND: 4 tells of it */
        .memories = SIM_FIRST,
        .busy_code = 515,
        .hang_up = "ATH",
        .ussd = USSD_PLAIN,
        .restart = "AT+CFUN=1",
    },
    {
        .family = "Cinterion",
        .makers = "Cinterion|SIEMENS|Gemalto|Thales",
        .indications = LIST("2,1,0,1,1"), /* bfr=1 only */
        .memories = SIM_FIRST,
        .ussd = USSD_PLAIN,
        .restart = "AT+CFUN=1,1",
    },
    {
        .family = "Telit",
        .makers = "Telit",
        .memories = SIM_FIRST,
        .ussd = USSD_PLAIN,
        .restart = "AT#REBOOT",
    },
    {
        .family = "u-blox",
        .makers = "u-blox|ublox",
        .memories = SIM_FIRST,
        .ussd = USSD_PLAIN,
        .restart = "AT+CFUN=16",
    },
    {
        .family = "generic",
        .memories = SIM_FIRST,
        .ussd = USSD_PLAIN,
        .restart = "AT+CFUN=1,1",
    },
};

/* Revisions that lose or double messages by themselves. A row needs a public report; a piece of the revision is enough to match. */
static const struct {
    const char *revision, *trouble;
} revisions[] = {
    {"EC200AEUHAR01A24", "messages in its own memory can't be read (forums.quectel.com/t/38460): use another revision"},
    {"A011B12A7670M7", "stores each message twice (github.com/Xinyuan-LilyGO/LilyGo-Modem-Series/issues/155); they are taken as one"},
    {"R7.51.0.201205311751.SL6087", "doesn't recognise older SIMs (forum.sierrawireless.com/t/7397): use R7.47.6 or another"},
};

/* Whether one of the pieces of "A|B" stands in text. */
static bool has_piece(const char *text, const char *pieces) {
    for (const char *at = pieces; at; at = strchr(at, '|')) {
        at += *at == '|';
        size_t len = strcspn(at, "|");
        for (const char *start = text; strlen(start) >= len; start++)
            if (strncasecmp(start, at, len) == 0)
                return true;
    }
    return false;
}

const struct quirks *quirks_find(const char *maker, const char *model) {
    size_t i = 0;
    while (i + 1 < COUNT(families) &&
           ((families[i].makers && !has_piece(maker, families[i].makers)) || (families[i].models && !has_piece(model, families[i].models))))
        i++;
    return &families[i];
}

const struct quirks *quirks_at(size_t i) {
    return i < COUNT(families) ? &families[i] : NULL;
}

const char *quirks_trouble(const char *revision) {
    for (size_t i = 0; i < COUNT(revisions); i++)
        if (strstr(revision, revisions[i].revision))
            return revisions[i].trouble;
    return NULL;
}

bool quirks_is_noise(const char *line) {
    for (size_t i = 0; i < COUNT(families); i++)
        for (const char *const *start = families[i].noise; start && *start; start++)
            if (strncmp(line, *start, strlen(*start)) == 0)
                return true;
    return false;
}

/* Announce arrivals at once, store them first (mt=1): nothing is lost while nobody reads. Reports stored too, else passed on, else none.
 * What a modem says it can do isn't always what it accepts, so it is tried; mode 2 first, mode 1 for those that have no buffer; then those whose
 * buffer knows bfr=1 only, and those that take no more than two values. What the family is known to want comes before all that. */
const char *const *quirks_indications(void) {
    static const char *const settings[] = {
        "2,1,0,2,0", "2,1,0,1,0", "2,1,0,0,0", "1,1,0,2,0", "1,1,0,1,0", "1,1,0,0,0", "2,1,0,2,1", "2,1,0,1,1", "2,1,0,0,1", "2,1", "1,1", NULL,
    };
    return settings;
}
