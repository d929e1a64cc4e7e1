/* Any bytes as text: rendering, folding, composing, UTF-16, cutting and phone parsing neither crash nor break their promises. */
#include "firmware-host/base/phone.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static void folding(const char *text) {
    char *once = text_fold(text), *twice = text_fold(once), *composed = text_nfc(text);
    demand(text_valid(once, strlen(once)) && strcmp(once, twice) == 0);
    demand(text_valid(composed, strlen(composed)));
    free(once);
    free(twice);
    free(composed);
}

static void utf16(const char *text) {
    struct str octets, back;
    str_init(&octets, SIZE_MAX);
    str_init(&back, SIZE_MAX);
    text_to_utf16be(&octets, text);
    text_add_utf16be(&back, (const uint8_t *)octets.data, octets.len);
    demand(strcmp(back.data, text) == 0);
    str_release(&octets);
    str_release(&back);
}

static void cutting(const char *text) {
    struct sms_segment segments[SMS_SEGMENTS_MAX];
    size_t count, end = 0;
    if (sms_split(text, sms_encoding_for(text), false, true, segments, SMS_SEGMENTS_MAX, &count) != ERR_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        demand(segments[i].offset == end && text_valid(text + end, segments[i].len));
        end += segments[i].len;
    }
    demand(end == strlen(text));
}

static void phones(const char *text) {
    struct phone phone, again;
    if (phone_parse(text, &phone) == ERR_OK)
        demand(phone_parse(phone.text, &again) == ERR_OK && phone_equal(&phone, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text;
    str_init(&text, SIZE_MAX);
    text_add_lossy(&text, (const char *)data, size);
    demand(text_valid(text.data, text.len));
    folding(text.data);
    utf16(text.data);
    cutting(text.data);
    phones(text.data);
    str_clear(&text);
    text_add_utf16be(&text, data, size);
    demand(text_valid(text.data, text.len));
    str_release(&text);
    return 0;
}
