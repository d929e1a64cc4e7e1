/* Any bytes as a line of either side: refused with a reason, or a message that is written and read back to the same line. Any bytes as the strings
 * of a message: still one readable line within the limit. */
#include "firmware-host/base/mem.h"
#include "modem/protocol.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static void write_line(const struct protocol_message *m, struct str *line) {
    str_init(line, PROTOCOL_LINE_MAX);
    protocol_write(m, line);
    demand(str_ok(line) && memchr(line->data, '\n', line->len) == line->data + line->len - 1);
}

static void reading(const char *data, size_t size, bool from_worker) {
    struct protocol_message m, back;
    struct str problem, line, again;
    str_init(&problem, 512);
    if (protocol_read(data, size, from_worker, &m, &problem) != ERR_OK) {
        demand(problem.len > 0);
        str_release(&problem);
        return;
    }
    demand(problem.len == 0);
    write_line(&m, &line);
    demand(protocol_read(line.data, line.len - 1, from_worker, &back, NULL) == ERR_OK);
    write_line(&back, &again);
    demand(strcmp(line.data, again.data) == 0);
    protocol_release(&m);
    protocol_release(&back);
    str_release(&problem);
    str_release(&line);
    str_release(&again);
}

static void writing(const uint8_t *data, size_t size) {
    struct protocol_message m, back;
    struct str line;
    char **texts[] = {&m.driver, &m.line, &m.imei, &m.imsi, &m.iccid, &m.model, &m.reason, &m.pdu, &m.text, &m.operator_name};
    enum protocol_name name = (enum protocol_name)(data[0] % PROTOCOL_NAME_COUNT);
    protocol_init(&m, name);
    m.version = PROTOCOL_VERSION;
    m.id = m.handle = m.reference = m.status = data[0];
    m.phone = (struct phone){PHONE_E164, "+84912000001"};
    m.concat = (struct sms_concat){.reference = data[0], .total = data[0], .sequence = 1};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = mem_string_n((const char *)data + 1, size - 1);
    write_line(&m, &line);
    demand(protocol_read(line.data, line.len - 1, name >= PROTOCOL_UP, &back, NULL) == ERR_OK);
    demand(back.name == name);
    protocol_release(&m);
    protocol_release(&back);
    str_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    reading((const char *)data, size, true);
    reading((const char *)data, size, false);
    if (size > 0)
        writing(data, size);
    return 0;
}
