/* What a text speaks of: which agency or commune it names, and which field its words belong to. The names are kept in memory, sorted, and looked for
 * word by word; the version of the directory tells when they have changed, also when a change was rolled back. */
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "store/db.h"
#include "store/directory.h"

#include <stdlib.h>
#include <string.h>

/* Fields used since 2020 in Thanh Hóa, and those of the USSD menu; words as citizens write them, without accents. */
static const struct field fields_default[] = {
    {"thu-tuc", "thu tuc hanh chinh",
     "THU TUC|HANH CHINH|MOT CUA|HO SO|GIAY TO|DICH VU CONG|CONG CHUNG|CHUNG THUC|HO KHAU|TAM TRU|KHAI SINH|KHAI TU|CAN CUOC|CCCD|DANG KY KET HON"},
    {"moi-truong", "moi truong",
     "MOI TRUONG|RAC|RAC THAI|O NHIEM|MUI HOI|HOI THOI|NUOC THAI|KHI THAI|KHOI|KHOI BUI|BUI|TIENG ON|ON AO|DOT RAC|XA THAI|CHAN NUOI|BAI RAC"},
    {"ha-tang", "duong, dien, nuoc",
     "DUONG|CAU|CONG|HO GA|VIA HE|O GA|SUT LUN|SAT LO|MAT DIEN|DIEN|COT DIEN|DEN DUONG|CHIEU SANG|MAT NUOC|NUOC SACH|NUOC MAY|NGAP|NGAP NUOC|THOAT "
     "NUOC|"
     "CAY XANH|INTERNET|VIEN THONG|GIAO THONG|DEN TIN HIEU"},
    {"thuc-pham", "an toan thuc pham", "THUC PHAM|AN TOAN THUC PHAM|NGO DOC|THIT|QUAN AN|BEP AN|HANG GIA|HET HAN SU DUNG"},
    {"dat-dai", "dat dai, xay dung",
     "DAT DAI|DAT|SO DO|QUYEN SU DUNG DAT|THUA DAT|LAN CHIEM|TRANH CHAP DAT|QUY HOACH|XAY DUNG|XAY DUNG TRAI PHEP|XAY NHA|DEN BU|GIAI PHONG MAT BANG|"
     "KHOANG SAN|KHAI THAC CAT"},
    {"thue", "thue", "THUE|MA SO THUE|HOA DON|QUYET TOAN THUE|HOAN THUE"},
    {"kinh-doanh", "san xuat kinh doanh", "DOANH NGHIEP|KINH DOANH|SAN XUAT|DAU TU|GIAY PHEP KINH DOANH|HO KINH DOANH|CUA HANG|VAY VON"},
    {"can-bo", "thai do can bo", "THAI DO|NHUNG NHIEU|HACH SACH|GAY KHO DE|GAY KHO KHAN|VOI VINH|DOI TIEN|HOI LO|CAN BO|CHAM TRE"},
    {"y-te", "y te", "Y TE|BENH VIEN|TRAM Y TE|BAC SI|BAO HIEM Y TE|BHYT|KHAM BENH|THUOC|DICH BENH"},
    {"giao-duc", "giao duc", "GIAO DUC|TRUONG HOC|HOC SINH|GIAO VIEN|HOC PHI|MAM NON|DAY THEM|LAM THU"},
    {"xa-hoi", "an sinh xa hoi", "HO NGHEO|TRO CAP|NGUOI CO CONG|THUONG BINH|BAO HIEM XA HOI|BHXH|LUONG HUU|CHINH SACH"},
    {"an-ninh", "an ninh trat tu", "AN NINH|TRAT TU|TROM|DANH BAC|MA TUY|DANH NHAU|CO BAC|TIN DUNG DEN|LUA DAO"},
};
enum { FIELDS_DEFAULT = sizeof fields_default / sizeof *fields_default, WORDS_MOST = 512, PHRASE_MOST = 10 };

struct phrase {
    char *words; /* "XA HOANG QUANG" */
    size_t length;
    int64_t agency_id; /* 0: two agencies share it, or it's a field's */
    bool commune;
    size_t field; /* 1 + index; 0: an agency's */
};

struct directory_index {
    int64_t version;
    struct phrase *phrases; /* sorted by their words, those of agencies before those of fields */
    size_t count, room, longest; /* longest: in words */
    char **field_keys;
    size_t field_count;
};

/* ---- fields ---- */

static enum err field_row(struct store *s, sqlite3_stmt *q, int64_t *ret_id, struct field *ret_field) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_id = column_int(q, 0);
    *ret_field = (struct field){column_text(q, 1), column_text(q, 2), column_text(q, 3)};
    statement_done(q);
    return ERR_OK;
}

static void field_release(struct field *f) {
    free((void *)(uintptr_t)f->key);
    free((void *)(uintptr_t)f->name);
    free((void *)(uintptr_t)f->words);
}

enum err field_list(struct store *s, field_each *each, void *context) {
    int64_t after = 0;
    for (bool any = false;; any = true) {
        struct field f;
        sqlite3_stmt *q = statement(s, S_FIELD_NEXT);
        bind_int(q, 1, after);
        enum err e = field_row(s, q, &after, &f);
        if (e == ERR_NOT_FOUND) {
            for (size_t i = 0; !any && i < FIELDS_DEFAULT; i++)
                each(context, &fields_default[i]);
            return ERR_OK;
        }
        if (e != ERR_OK)
            return e;
        each(context, &f);
        field_release(&f);
    }
}

struct wanted {
    const char *key;
    char *name;
};

static void note_name(void *context, const struct field *f) {
    struct wanted *wanted = context;
    if (!wanted->name && strcmp(f->key, wanted->key) == 0)
        wanted->name = mem_string(f->name);
}

enum err field_name(struct store *s, const char *key, char **ret_name) {
    struct wanted wanted = {.key = key};
    enum err e = field_list(s, note_name, &wanted);
    if (e == ERR_OK && !wanted.name)
        return ERR_NOT_FOUND;
    if (e == ERR_OK)
        *ret_name = wanted.name;
    else
        free(wanted.name);
    return e;
}

/* ---- words ---- */

static bool word_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Folded, every run of anything but letters and digits one blank. Caller frees. */
static char *plain_words(const char *text) {
    char *folded = text_fold(text), *to = folded;
    for (const char *at = folded; *at; at++) {
        if (word_character(*at))
            *to++ = *at;
        else if (to > folded && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > folded && to[-1] == ' ')
        to--;
    *to = '\0';
    return folded;
}

static size_t count_words(const char *words) {
    size_t count = *words != '\0';
    for (; *words; words++)
        count += *words == ' ';
    return count;
}

/* ---- the index ---- */

static void add_phrase(struct directory_index *x, const char *text, const struct phrase *what) {
    char *words = plain_words(text);
    size_t count = count_words(words);
    if (count == 0 || count > PHRASE_MOST) {
        free(words);
        return;
    }
    if (x->count == x->room) {
        x->room = x->room ? 2 * x->room : 256;
        x->phrases = mem_resize(x->phrases, x->room, sizeof *x->phrases);
    }
    struct phrase *p = &x->phrases[x->count++];
    *p = *what;
    p->words = words;
    p->length = strlen(words);
    if (count > x->longest)
        x->longest = count;
}

static void add_alternatives(struct directory_index *x, const char *list, const struct phrase *what) {
    while (list && *list) {
        size_t len = strcspn(list, "|");
        char *one = mem_string_n(list, len);
        add_phrase(x, one, what);
        free(one);
        list += len + (list[len] == '|');
    }
}

/* A commune is named without "UBND", and without "xã" or "phường" too where what is left is more than a single word, which could be any. */
static void add_bare(struct directory_index *x, const char *name, const struct phrase *what) {
    static const char office[] = "UBND ";
    static const char *const kinds[] = {"XA ", "PHUONG ", "THI TRAN "};
    char *words = plain_words(name), *place = words;
    if (strncmp(place, office, strlen(office)) == 0) {
        place += strlen(office);
        add_phrase(x, place, what);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i]);
        if (strncmp(place, kinds[i], len) == 0 && count_words(place + len) > 1)
            add_phrase(x, place + len, what);
    }
    free(words);
}

static void add_agency(void *context, const struct agency *a) {
    struct directory_index *x = context;
    struct phrase what = {.agency_id = a->id, .commune = a->kind == AGENCY_COMMUNE};
    if (a->kind == AGENCY_UNIT)
        return;
    add_phrase(x, a->name, &what);
    add_phrase(x, a->name_accented, &what);
    add_alternatives(x, a->match, &what);
    if (what.commune) {
        add_bare(x, a->name, &what);
        add_bare(x, a->name_accented, &what);
    }
}

static void add_field(void *context, const struct field *f) {
    struct directory_index *x = context;
    x->field_keys = mem_resize(x->field_keys, x->field_count + 1, sizeof *x->field_keys);
    x->field_keys[x->field_count++] = mem_string(f->key);
    add_alternatives(x, f->words, &(struct phrase){.field = x->field_count});
}

static int compare_phrases(const void *a, const void *b) {
    const struct phrase *p = a, *q = b;
    int order = strcmp(p->words, q->words);
    if (order == 0)
        order = (p->field > q->field) - (p->field < q->field);
    return order ? order : (p->agency_id > q->agency_id) - (p->agency_id < q->agency_id);
}

/* Each phrase once; one of two agencies belongs to none. */
static void sort_phrases(struct directory_index *x) {
    size_t kept = 0;
    if (x->count)
        qsort(x->phrases, x->count, sizeof *x->phrases, compare_phrases);
    for (size_t i = 0; i < x->count; i++) {
        struct phrase *last = kept ? &x->phrases[kept - 1] : NULL;
        if (last && strcmp(last->words, x->phrases[i].words) == 0 && (last->field != 0) == (x->phrases[i].field != 0)) {
            if (last->agency_id != x->phrases[i].agency_id)
                last->agency_id = 0;
            free(x->phrases[i].words);
        } else {
            x->phrases[kept++] = x->phrases[i];
        }
    }
    x->count = kept;
}

void directory_forget(struct store *s) {
    struct directory_index *x = s->directory;
    s->directory = NULL;
    if (!x)
        return;
    for (size_t i = 0; i < x->count; i++)
        free(x->phrases[i].words);
    for (size_t i = 0; i < x->field_count; i++)
        free(x->field_keys[i]);
    free(x->phrases);
    free(x->field_keys);
    free(x);
}

static enum err load(struct store *s) {
    int64_t version = 0;
    enum err e = store_number_get(s, STORE_DIRECTORY_VERSION, &version);
    if (e != ERR_OK || (s->directory && s->directory->version == version))
        return e;
    directory_forget(s);
    s->directory = mem_alloc(sizeof *s->directory);
    s->directory->version = version;
    e = agency_list(s, add_agency, s->directory);
    if (e == ERR_OK)
        e = field_list(s, add_field, s->directory);
    sort_phrases(s->directory);
    if (e != ERR_OK)
        directory_forget(s);
    return e;
}

/* ---- looking ---- */

static int compare_words(const struct phrase *p, const char *words, size_t len) {
    size_t shorter = p->length < len ? p->length : len;
    int order = memcmp(p->words, words, shorter);
    return order ? order : (p->length > len) - (p->length < len);
}

/* The first phrase with these words; NULL: none. */
static const struct phrase *find(const struct directory_index *x, const char *words, size_t len) {
    size_t low = 0, high = x->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_words(&x->phrases[middle], words, len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < x->count && compare_words(&x->phrases[low], words, len) == 0 ? &x->phrases[low] : NULL;
}

struct look {
    const struct directory_index *x;
    size_t agency_length, commune_length; /* of the longest so far */
    size_t *scores; /* of each field */
    size_t free_from; /* words before it belong to a name or to a field's phrase already: "Sở Xây dựng" says nothing about building */
    struct directory_hint hint;
};

static void take(struct look *l, const struct phrase *p, size_t first, size_t words) {
    if (p->agency_id && p->commune && p->length > l->commune_length) {
        l->commune_length = p->length;
        l->hint.commune_id = p->agency_id;
    } else if (p->agency_id && !p->commune && p->length > l->agency_length) {
        l->agency_length = p->length;
        l->hint.agency_id = p->agency_id;
    }
    const struct phrase *f = p->field || p + 1 == l->x->phrases + l->x->count || strcmp(p[1].words, p->words) != 0 ? p : p + 1;
    if (f->field && first >= l->free_from) {
        l->scores[f->field - 1] += words;
        l->free_from = first + words;
    }
    if (!p->field && first + words > l->free_from)
        l->free_from = first + words;
}

/* All phrases that begin with a word, the longest first. */
static void look_at(struct look *l, const char *text, const size_t *starts, size_t first, size_t count) {
    size_t most = count - first < l->x->longest ? count - first : l->x->longest;
    for (size_t n = most; n > 0; n--) {
        size_t end = first + n < count ? starts[first + n] - 1 : starts[count];
        const struct phrase *p = find(l->x, text + starts[first], end - starts[first]);
        if (p)
            take(l, p, first, n);
    }
}

enum err directory_match(struct store *s, const char *text, struct directory_hint *ret_hint) {
    enum err e = load(s);
    if (e != ERR_OK)
        return e;
    size_t starts[WORDS_MOST + 1], count = 0, best = 0;
    char *words = plain_words(text);
    struct look l = {.x = s->directory, .scores = mem_array(s->directory->field_count, sizeof *l.scores)};
    size_t end = 0;
    for (; words[end] && count < WORDS_MOST; end += words[end] == ' ') {
        starts[count++] = end;
        end += strcspn(words + end, " ");
    }
    starts[count] = count && words[end ? end - 1 : 0] == ' ' ? end - 1 : end;
    for (size_t i = 0; i < count; i++)
        look_at(&l, words, starts, i, count);
    for (size_t f = 0; f < s->directory->field_count; f++)
        if (l.scores[f] > best) {
            best = l.scores[f];
            l.hint.field = s->directory->field_keys[f];
        }
    if (!l.hint.agency_id)
        l.hint.agency_id = l.hint.commune_id;
    free(l.scores);
    free(words);
    *ret_hint = l.hint;
    return ERR_OK;
}
