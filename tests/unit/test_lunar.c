/* The table of lunar years against the sky: every month of 1999–2199 is computed anew from Meeus, Astronomical Algorithms (2nd ed.), ch. 49 (new
 * moons) and ch. 25 (the Sun's apparent longitude), with the Earth's rotation as in Espenak and Meeus, Five Millennium Canon of Solar Eclipses
 * (2006). The same for 120° E tells the table from China's. */
#include "store/lunar.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { VIETNAM = 7, CHINA = 8 }; /* hours ahead of UTC */

/* ---- the sky: instants are Julian ephemeris days (JDE), angles degrees ---- */

#define EPOCH_2000 2451545.0
#define EPOCH_1970 2440587.5
#define SOLSTICE 270.0

static double sine(double degrees) {
    return sin(fmod(degrees, 360.0) * M_PI / 180.0);
}

/* TT − UT in days. */
static double delta_t(double jde) {
    double year = 2000.0 + (jde - EPOCH_2000) / 365.25;
    double t = year - 2000.0, u = (year - 1820.0) / 100.0;
    double seconds;
    if (year < 2005.0)
        seconds = 63.86 + t * (0.3345 + t * (-0.060374 + t * (0.0017275 + t * (0.000651814 + t * 0.00002373599))));
    else if (year < 2050.0)
        seconds = 62.92 + t * (0.32217 + t * 0.005589);
    else if (year < 2150.0)
        seconds = -20.0 + 32.0 * u * u - 0.5628 * (2150.0 - year);
    else
        seconds = -20.0 + 32.0 * u * u;
    return seconds / 86400.0;
}

struct periodic { /* coefficient × E^e × sin(m·M + m2·M′ + f·F + o·Ω) */
    double coefficient;
    int e, m, m2, f, o; /* M: the Sun's anomaly, M′: the Moon's, F: its argument of latitude, Ω: its node */
};
/* clang-format off */
static const struct periodic periodic_terms[] = {
    {-0.40720, 0, 0, 1, 0, 0}, {0.17241, 1, 1, 0, 0, 0},  {0.01608, 0, 0, 2, 0, 0},   {0.01039, 0, 0, 0, 2, 0},   {0.00739, 1, -1, 1, 0, 0},
    {-0.00514, 1, 1, 1, 0, 0}, {0.00208, 2, 2, 0, 0, 0},  {-0.00111, 0, 0, 1, -2, 0}, {-0.00057, 0, 0, 1, 2, 0},  {0.00056, 1, 1, 2, 0, 0},
    {-0.00042, 0, 0, 3, 0, 0}, {0.00042, 1, 1, 0, 2, 0},  {0.00038, 1, 1, 0, -2, 0},  {-0.00024, 1, -1, 2, 0, 0}, {-0.00017, 0, 0, 0, 0, 1},
    {-0.00007, 0, 2, 1, 0, 0}, {0.00004, 0, 0, 2, -2, 0}, {0.00004, 0, 3, 0, 0, 0},   {0.00003, 0, 1, 1, -2, 0},  {0.00003, 0, 0, 2, 2, 0},
    {-0.00003, 0, 1, 1, 2, 0}, {0.00003, 0, -1, 1, 2, 0}, {-0.00002, 0, -1, 1, -2, 0}, {-0.00002, 0, 1, 3, 0, 0}, {0.00002, 0, 0, 4, 0, 0},
};
static const struct { /* coefficient × sin(a + b·k + c·T²) */
    double coefficient, a, b, c;
} planetary_terms[] = {
    {0.000325, 299.77, 0.107408, -0.009173}, {0.000165, 251.88, 0.016321, 0}, {0.000164, 251.83, 26.651886, 0}, {0.000126, 349.42, 36.412478, 0},
    {0.000110, 84.66, 18.206239, 0}, {0.000062, 141.74, 53.303771, 0}, {0.000060, 207.14, 2.453732, 0}, {0.000056, 154.84, 7.306860, 0},
    {0.000047, 34.52, 27.261239, 0}, {0.000042, 207.19, 0.121824, 0}, {0.000040, 291.34, 1.844379, 0}, {0.000037, 161.72, 24.198154, 0},
    {0.000035, 239.56, 25.513099, 0}, {0.000023, 331.55, 3.592518, 0},
};
/* clang-format on */

/* The k-th new moon after that of 6 January 2000. */
static double new_moon(int k) {
    double t = k / 1236.85, t2 = t * t, t3 = t2 * t, t4 = t3 * t;
    double e = 1.0 - 0.002516 * t - 0.0000074 * t2;
    double m = 2.5534 + 29.10535670 * k - 0.0000014 * t2 - 0.00000011 * t3;
    double m2 = 201.5643 + 385.81693528 * k + 0.0107582 * t2 + 0.00001238 * t3 - 0.000000058 * t4;
    double f = 160.7108 + 390.67050284 * k - 0.0016118 * t2 - 0.00000227 * t3 + 0.000000011 * t4;
    double o = 124.7746 - 1.56375588 * k + 0.0020672 * t2 + 0.00000215 * t3;
    double jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t2 - 0.000000150 * t3 + 0.00000000073 * t4;
    for (size_t i = 0; i < sizeof periodic_terms / sizeof *periodic_terms; i++) {
        const struct periodic *p = &periodic_terms[i];
        jde += p->coefficient * pow(e, p->e) * sine(p->m * m + p->m2 * m2 + p->f * f + p->o * o);
    }
    for (size_t i = 0; i < sizeof planetary_terms / sizeof *planetary_terms; i++)
        jde += planetary_terms[i].coefficient * sine(planetary_terms[i].a + planetary_terms[i].b * k + planetary_terms[i].c * t2);
    return jde;
}

/* Where the Sun is seen, within 0.01°. */
static double sun_longitude(double jde) {
    double t = (jde - EPOCH_2000) / 36525.0;
    double mean = 280.46646 + 36000.76983 * t + 0.0003032 * t * t;
    double m = 357.52911 + 35999.05029 * t - 0.0001537 * t * t;
    double centre = (1.914602 - 0.004817 * t - 0.000014 * t * t) * sine(m) + (0.019993 - 0.000101 * t) * sine(2 * m) + 0.000289 * sine(3 * m);
    double longitude = fmod(mean + centre - 0.00569 - 0.00478 * sine(125.04 - 1934.136 * t), 360.0);
    return longitude < 0 ? longitude + 360.0 : longitude;
}

/* ---- its months ---- */

enum { K_FIRST = -30, K_LAST = 2490, SKY_MONTHS = K_LAST - K_FIRST };

struct month {
    int32_t first_day; /* a day number */
    double longitude; /* of the Sun when that day begins */
    double margin; /* seconds between the new moon and the nearest midnight */
    int number; /* 1–12; 0: not told */
    bool leap;
};

struct sky {
    struct month months[SKY_MONTHS];
};

static void months_of(struct sky *sky, int zone_hours) {
    for (int i = 0; i < SKY_MONTHS; i++) {
        struct month *m = &sky->months[i];
        double jde = new_moon(K_FIRST + i);
        double local = jde - delta_t(jde) - EPOCH_1970 + zone_hours / 24.0; /* days since 1970 */
        double past = (local - floor(local)) * 86400.0;
        double midnight = floor(local) + EPOCH_1970 - zone_hours / 24.0;
        *m = (struct month){.first_day = (int32_t)floor(local), .margin = fmin(past, 86400.0 - past)};
        m->longitude = sun_longitude(midnight + delta_t(midnight));
    }
}

static bool holds_solstice(const struct month *m) {
    return m[0].longitude > 180.0 && m[0].longitude < SOLSTICE && m[1].longitude >= SOLSTICE;
}

static bool without_major_term(const struct month *m) {
    return floor(m[0].longitude / 30.0) == floor(m[1].longitude / 30.0);
}

/* Numbers the months from a solstice's (11) up to the next one's. */
static void number_year(struct month *first, int count) {
    bool leap_to_come = count == 13;
    int number = 11;
    assert_true(count == 12 || count == 13);
    for (int i = 0; i < count; i++) {
        first[i].leap = leap_to_come && i > 0 && without_major_term(&first[i]);
        if (first[i].leap)
            leap_to_come = false;
        else if (i > 0)
            number = number % 12 + 1;
        first[i].number = number;
    }
    assert_false(leap_to_come);
}

static void look_up(struct sky *sky, int zone_hours) {
    int solstice = -1;
    months_of(sky, zone_hours);
    for (int i = 0; i + 1 < SKY_MONTHS; i++) {
        if (!holds_solstice(&sky->months[i]))
            continue;
        if (solstice >= 0)
            number_year(&sky->months[solstice], i - solstice);
        solstice = i;
    }
}

/* The month that begins in the solar year with Tết. */
static const struct month *first_month(const struct sky *sky, int year) {
    for (int i = 0; i < SKY_MONTHS; i++) {
        int y, m, d;
        civil_from_day_number(sky->months[i].first_day, &y, &m, &d);
        if (y == year && sky->months[i].number == 1 && !sky->months[i].leap)
            return &sky->months[i];
    }
    fail_msg("the sky has no Tết in %d", year);
    return NULL;
}

static struct sky vietnam, china;

static int look_up_both(void **state) {
    (void)state;
    look_up(&vietnam, VIETNAM);
    look_up(&china, CHINA);
    return 0;
}

/* ---- the tests ---- */

static const char *date_of(int32_t day, char out[16]) {
    int y, m, d;
    civil_from_day_number(day, &y, &m, &d);
    snprintf(out, 16, "%04d-%02d-%02d", y % 10000, m % 100, d % 100);
    return out;
}

static void every_month_of_the_table(void **state) {
    (void)state;
    for (int year = LUNAR_FIRST; year <= LUNAR_LAST; year++) {
        const struct month *m = first_month(&vietnam, year);
        int leap = 0;
        do {
            int32_t first = 0, last = 0;
            int days = m[1].first_day - m[0].first_day;
            char computed[16], tabled[16];
            if (lunar_day(year, m->number, m->leap, 1, &first) != ERR_OK || first != m->first_day)
                fail_msg("%s month %d%s: the sky says %s, the table %s", date_of(m->first_day, computed), m->number, m->leap ? " leap" : "", computed,
                         date_of(first, tabled));
            assert_int_equal(lunar_day(year, m->number, m->leap, days, &last), ERR_OK);
            assert_int_equal(last, m[1].first_day - 1);
            assert_int_equal(lunar_day(year, m->number, m->leap, days + 1, &last), ERR_NOT_FOUND);
            leap = m->leap ? m->number : leap;
            m++;
        } while (m->number != 1 || m->leap);
        assert_int_equal(lunar_leap_month(year), leap);
        assert_int_equal(lunar_days_of_last_month(year), m[0].first_day - m[-1].first_day);
    }
}

static void the_year_before_the_table(void **state) {
    (void)state;
    const struct month *m = first_month(&vietnam, LUNAR_FIRST);
    assert_int_equal(lunar_days_of_last_month(LUNAR_FIRST - 1), m[0].first_day - m[-1].first_day);
}

/* What lunar.h says of how sure the table is. */
static void how_near_to_midnight(void **state) {
    (void)state;
    static const char *const near[] = {"2054-05-08", "2077-11-15", "2085-10-18", "2150-05-26", "2175-01-22"};
    size_t found = 0;
    int32_t end = civil_day_number(LUNAR_LAST + 1, 2, 1), sure = civil_day_number(2054, 1, 1);
    for (int i = 0; i + 1 < SKY_MONTHS && vietnam.months[i].first_day < end; i++) {
        const struct month *m = &vietnam.months[i];
        double term = fmod(m->longitude, 30.0);
        char date[16];
        if (m->first_day < civil_day_number(LUNAR_FIRST, 1, 1))
            continue;
        assert_true(fmin(term, 30.0 - term) / 360.0 * 365.2422 * 86400.0 > 540.0);
        if (m->first_day < sure)
            assert_true(m->margin > 120.0);
        if (m->margin > 60.0)
            continue;
        assert_true(found < sizeof near / sizeof *near);
        assert_string_equal(date_of(m->first_day, date), near[found++]);
    }
    assert_int_equal(found, sizeof near / sizeof *near);
}

static char *slurp(const char *path, char *to, size_t size) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t len = fread(to, 1, size - 1, f);
    assert_true(len > 0 && len < size - 1);
    to[len] = 0;
    fclose(f);
    return to;
}

static void known_years(void **state) {
    (void)state;
    static char text[65536];
    struct json *document;
    slurp("tests/fixtures/lunar.json", text, sizeof text);
    assert_int_equal(json_parse(text, strlen(text), &document), ERR_OK);
    assert_true(json_count(document) >= 31);
    for (size_t i = 0; i < json_count(document); i++) {
        const struct json *row = json_at(document, i);
        int64_t year = 0, last_month = 0;
        int32_t tet = 0, tenth = 0;
        char date[16];
        assert_true(json_int(row, "year", &year) && json_int(row, "last_lunar_month_days_before_tet", &last_month));
        assert_int_equal(lunar_day((int)year, 1, false, 1, &tet), ERR_OK);
        assert_int_equal(lunar_day((int)year, 3, false, 10, &tenth), ERR_OK);
        assert_string_equal(date_of(tet, date), json_text(row, "tet"));
        assert_string_equal(date_of(tenth, date), json_text(row, "hung_vuong"));
        assert_int_equal(lunar_days_of_last_month((int)year - 1), last_month);
        assert_string_equal(date_of(first_month(&china, (int)year)->first_day, date), json_text(row, "tet_utc8"));
    }
    json_free(document);
}

static void where_china_has_another_new_year(void **state) {
    (void)state;
    static const int years[] = {2007, 2030, 2053, 2148, 2153, 2175, 2199};
    size_t found = 0;
    for (int year = LUNAR_FIRST; year <= LUNAR_LAST; year++) {
        int32_t tet = 0;
        assert_int_equal(lunar_day(year, 1, false, 1, &tet), ERR_OK);
        if (tet == first_month(&china, year)->first_day)
            continue;
        assert_true(found < sizeof years / sizeof *years);
        assert_int_equal(year, years[found++]);
    }
    assert_int_equal(found, sizeof years / sizeof *years);
}

static void what_is_not_in_the_table(void **state) {
    (void)state;
    static const struct {
        int year, month;
        bool leap;
        int day;
    } rows[] = {
        {1999, 1, false, 1},   {2200, 1, false, 1}, {-1, 1, false, 1},    {2025, 0, false, 1},  {2025, 13, false, 1},
        {2025, -3, false, 1},  {2025, 1, false, 0}, {2025, 1, false, 31}, {2025, 1, false, -1}, {2025, 5, true, 1}, /* its leap month is the 6th */
        {2024, 12, false, 30}, /* the year before Tết 2025: no 30 Tết */
        {2026, 6, true, 1},    {2025, 0, true, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int32_t day = 77;
        assert_int_equal(lunar_day(rows[i].year, rows[i].month, rows[i].leap, rows[i].day, &day), ERR_NOT_FOUND);
        assert_int_equal(day, 77);
    }
    assert_int_equal(lunar_leap_month(1999), 0);
    assert_int_equal(lunar_leap_month(2200), 0);
    assert_int_equal(lunar_leap_month(2025), 6);
    assert_int_equal(lunar_days_of_last_month(1998), 0);
    assert_int_equal(lunar_days_of_last_month(2200), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_month_of_the_table),
        cmocka_unit_test(the_year_before_the_table),
        cmocka_unit_test(how_near_to_midnight),
        cmocka_unit_test(known_years),
        cmocka_unit_test(where_china_has_another_new_year),
        cmocka_unit_test(what_is_not_in_the_table),
    };
    return cmocka_run_group_tests(tests, look_up_both, NULL);
}
