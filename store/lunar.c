/* The table of lunar years, and counting in it. What it promises and how it is verified stands in the header. */
#include "store/lunar.h"

#include "firmware-host/base/clock.h"

enum { MONTHS = 12, SHORT_MONTH = 29 };

/* A lunar year in 23 bits.
 *   0–12   bit i is set: the i-th month of the year, in their order, has 30 days; else 29
 *   13–16  the number of its leap month, which follows the month of that number; 0: none
 *   17–22  days from 1 January to its first day */
#define LONG_MONTHS(bits) ((bits)&0x1FFF)
#define LEAP_MONTH(bits) ((int)((bits) >> 13 & 0xF))
#define FIRST_DAY(bits) ((int32_t)((bits) >> 17))

/* clang-format off */
static const uint32_t lunar_years[] = {
    0x5C0749, /* 1999 */
    0x460693, 0x2E952B, 0x54052B, 0x3E0A5B, 0x2A555A, 0x4E056A, 0x38EB65, 0x5E0BA5, 0x4A0D49, 0x32BA95, /* 2000 */
    0x580A95, 0x42052D, 0x2C8AAD, 0x500AB5, 0x3D35AA, 0x6205D2, 0x4C0DA5, 0x36DD4A, 0x5C0E4A, 0x460C96, /* 2010 */
    0x30992E, 0x540556, 0x3E0AB5, 0x2A55B2, 0x5006D2, 0x38CEA5, 0x5E0725, 0x48064B, 0x32AC97, 0x5604AB, /* 2020 */
    0x40055B, 0x2C6ADA, 0x520B6A, 0x3D7752, 0x620B92, 0x4C0B25, 0x36DA4B, 0x5A0A4D, 0x4404AD, 0x2EA95B, /* 2030 */
    0x5405AD, 0x3E0BAA, 0x2A5B52, 0x500D92, 0x3AFD25, 0x5E0D25, 0x480A55, 0x32B4AD, 0x5804B6, 0x4006B5, /* 2040 */
    0x2C6DAA, 0x520ECA, 0x3F0E92, 0x600E93, 0x4C0D26, 0x36CA56, 0x5A0A5B, 0x44055A, 0x2E8AD5, 0x540B55, /* 2050 */
    0x40074A, 0x286E93, 0x4E0A93, 0x38F52B, 0x5E052B, 0x460A9B, 0x32B55A, 0x58056A, 0x420B65, 0x2C974A, /* 2060 */
    0x520D4A, 0x3D1A95, 0x620C95, 0x4A092D, 0x34CAAD, 0x5A0AB5, 0x4605AA, 0x2E8DA5, 0x540EA5, 0x400D4A, /* 2070 */
    0x2A7D15, 0x4E0C96, 0x38F956, 0x5E0556, 0x480AB5, 0x32B6B4, 0x5806D4, 0x420EA5, 0x2E8E8A, 0x50068B, /* 2080 */
    0x3B1497, 0x6004AB, 0x4A095B, 0x34CADA, 0x5A0B6A, 0x460754, 0x309725, 0x540B45, 0x3E0A8B, 0x28552B, /* 2090 */
    0x4E04AD, 0x38E96B, 0x5E05B5, 0x4A0DAA, 0x36BB54, 0x5A0DA2, 0x440D45, 0x2E9A8D, 0x540A95, 0x3D34AD, /* 2100 */
    0x6204D6, 0x4C0AB5, 0x38CDAA, 0x5C0ECA, 0x480EA2, 0x329D46, 0x580D4A, 0x400A96, 0x2A7536, 0x50055A, /* 2110 */
    0x3AEAD5, 0x5E0B65, 0x4A0752, 0x34AEA5, 0x5A0AA5, 0x42054B, 0x2C8A97, 0x520AAB, 0x3F755A, 0x62056A, /* 2120 */
    0x4C0B69, 0x38DB52, 0x5E0D52, 0x460B15, 0x30BA4B, 0x56094D, 0x400AAD, 0x2A556A, 0x5005B2, 0x3AEDA9, /* 2130 */
    0x600EA9, 0x4A0D92, 0x34BD15, 0x5A0D26, 0x440956, 0x2C92AD, 0x520AD6, 0x3E06D4, 0x282DA9, 0x4C0EA9, /* 2140 */
    0x38CE92, 0x5C068B, 0x460527, 0x2EA957, 0x54095B, 0x400ADA, 0x2C76D4, 0x500754, 0x3AF749, 0x600B49, /* 2150 */
    0x4A0A93, 0x32D52B, 0x58052D, 0x42096D, 0x2E936A, 0x520DAA, 0x3F5BA4, 0x640DA4, 0x4E0D49, 0x36DA95, /* 2160 */
    0x5C0A96, 0x46052E, 0x30AAAD, 0x540AB5, 0x4005AA, 0x2A7DA5, 0x520EA4, 0x3AFD4A, 0x600D4A, 0x4A0A96, /* 2170 */
    0x34D536, 0x58055A, 0x420AD5, 0x2E96CA, 0x540752, 0x3C0EA5, 0x28564A, 0x4C064B, 0x36CA97, 0x5A0AAB, /* 2180 */
    0x46055A, 0x30AB55, 0x560BA9, 0x400B52, 0x2A7B25, 0x500B25, 0x3AFA4B, 0x5E0A4D, 0x4802AD, 0x32D56B, /* 2190 */
};
/* clang-format on */
_Static_assert(sizeof lunar_years / sizeof *lunar_years == LUNAR_LAST - LUNAR_FIRST + 2, "one for each year, and the one before");

static bool bits_of(int year, uint32_t *ret_bits) {
    if (year < LUNAR_FIRST - 1 || year > LUNAR_LAST)
        return false;
    *ret_bits = lunar_years[year - (LUNAR_FIRST - 1)];
    return true;
}

static int days_of(uint32_t bits, int index) {
    return SHORT_MONTH + (int)(LONG_MONTHS(bits) >> index & 1);
}

enum err lunar_day(int year, int month, bool leap, int day, int32_t *ret_day) {
    uint32_t bits;
    if (year < LUNAR_FIRST || !bits_of(year, &bits) || month < 1 || month > MONTHS || (leap && month != LEAP_MONTH(bits)))
        return ERR_NOT_FOUND;
    int index = month - 1 + (leap || (LEAP_MONTH(bits) && month > LEAP_MONTH(bits)));
    if (day < 1 || day > days_of(bits, index))
        return ERR_NOT_FOUND;
    int32_t at = civil_day_number(year, 1, 1) + FIRST_DAY(bits);
    for (int i = 0; i < index; i++)
        at += days_of(bits, i);
    *ret_day = at + day - 1;
    return ERR_OK;
}

int lunar_leap_month(int year) {
    uint32_t bits;
    return year >= LUNAR_FIRST && bits_of(year, &bits) ? LEAP_MONTH(bits) : 0;
}

int lunar_days_of_last_month(int year) {
    uint32_t bits;
    return bits_of(year, &bits) ? days_of(bits, LEAP_MONTH(bits) ? MONTHS : MONTHS - 1) : 0;
}
