/* GeoReport answers in XML, by expat. A root, records below it, texts below them. A document type is refused: with it entities would come, and
 * nothing here needs any. */
#include "store/central/georeport.h"

#include <expat.h>

struct reading {
    XML_Parser parser;
    struct georeport answer;
    int depth; /* of the element that is open: 1 the root, 2 a record, 3 its fields */
    bool leaf; /* nothing has ended in it yet */
    bool wrong;
    struct str text;
};

static void stop(struct reading *r) {
    r->wrong = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(context);
}

static void begin(void *context, const XML_Char *name, const XML_Char **attributes) {
    struct reading *r = context;
    (void)name;
    (void)attributes;
    if (++r->depth > GEOREPORT_DEPTH_MAX + 2)
        stop(r);
    else if (r->depth == 2)
        georeport_add_record(&r->answer);
    r->leaf = true;
    str_clear(&r->text);
}

static void characters(void *context, const XML_Char *text, int len) {
    struct reading *r = context;
    if (r->leaf && r->depth > 2)
        str_add_n(&r->text, text, (size_t)len);
    if (!str_ok(&r->text))
        stop(r);
}

static void end(void *context, const XML_Char *name) {
    struct reading *r = context;
    if (r->leaf && r->depth > 2)
        georeport_add_field(&r->answer.records[r->answer.count - 1], name, r->text.data ? r->text.data : "", r->depth - 2);
    r->leaf = false;
    r->depth--;
}

enum err georeport_read_xml(struct bytes body, struct georeport *ret_answer) {
    struct reading r = {.parser = XML_ParserCreate(NULL)};
    if (!r.parser || body.len > INT32_MAX) {
        XML_ParserFree(r.parser);
        return ERR_INVALID;
    }
    str_init(&r.text, GEOREPORT_TEXT_MAX);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, begin, end);
    XML_SetCharacterDataHandler(r.parser, characters);
    XML_SetStartDoctypeDeclHandler(r.parser, doctype);
    bool read = XML_Parse(r.parser, (const char *)body.data, (int)body.len, XML_TRUE) == XML_STATUS_OK && !r.wrong;
    XML_ParserFree(r.parser);
    str_release(&r.text);
    if (read)
        *ret_answer = r.answer;
    else
        georeport_release(&r.answer);
    return read ? ERR_OK : ERR_INVALID;
}
