/* Any bytes as a document: refused, or printed on one line that reads back to the same. Any bytes as a value: one valid line. */
#include "firmware-host/base/json.h"
#include "firmware-host/base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static void reading(const char *data, size_t size) {
    struct json *document, *again;
    struct str line, line_again;
    if (json_parse(data, size, &document) != ERR_OK)
        return;
    str_init(&line, SIZE_MAX);
    str_init(&line_again, SIZE_MAX);
    json_dump(document, false, &line);
    demand(text_valid(line.data, line.len) && !memchr(line.data, '\n', line.len));
    demand(json_parse(line.data, line.len, &again) == ERR_OK);
    json_dump(again, false, &line_again);
    demand(strcmp(line.data, line_again.data) == 0);
    json_free(document);
    json_free(again);
    str_release(&line);
    str_release(&line_again);
}

static void writing(const char *data, size_t size) {
    struct json *back;
    struct json_writer w;
    struct str line, expected;
    str_init(&line, SIZE_MAX);
    str_init(&expected, SIZE_MAX);
    text_add_lossy(&expected, data, size);
    json_begin(&w, &line);
    json_open_object(&w, NULL);
    json_put_text_n(&w, "value", data, size);
    json_close_object(&w);
    demand(json_parse(line.data, line.len, &back) == ERR_OK);
    demand(strcmp(json_text(back, "value"), expected.data) == 0);
    json_free(back);
    str_release(&line);
    str_release(&expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    reading((const char *)data, size);
    writing((const char *)data, size);
    return 0;
}
