/* The lunisolar calendar of Vietnam for 2000–2199: which day Tết and 10/3 (Giỗ Tổ Hùng Vương) fall on. A table.
 *
 * A month begins on the day, at 105° E (UTC+7), of the new moon; the winter solstice is always in month 11; between two such months with thirteen
 * beginnings, the first without a major solar term is a leap month and bears the number of the month before. China reckons at 120° E: there Tết 2007
 * and 2030 are a day later. tests/unit/test_lunar.c recomputes the whole table from Meeus, Astronomical Algorithms (2nd ed.), ch. 25 and 49.
 *
 * How sure it is: five new moons lie within a minute of midnight, which is less than anybody can know of the Earth's rotation by then: those of
 * 08/05/2054, 15/11/2077, 18/10/2085, 26/05/2150 and 22/01/2175 (a Tết). Until 2053 the margin is above two minutes, and no solar term is nearer than
 * nine minutes to the beginning of a month. What is announced by the State counts, not this table: the calendar's file lists the days off, and this
 * only checks it and gives days their names. */
#ifndef STORE_LUNAR_H
#define STORE_LUNAR_H

#include "firmware-host/base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { LUNAR_FIRST = 2000, LUNAR_LAST = 2199 }; /* lunar years, named by the solar year in which they begin */

/* The day number (clock.h) of that day of a lunar month; `leap`: of the leap month with that number. ERR_NOT_FOUND: no such year in the table, or no
 * such day in the year (a 30th of a short month, a leap month that isn't one). */
MUST_CHECK enum err lunar_day(int year, int month, bool leap, int day, int32_t *ret_day);
int lunar_leap_month(int year); /* 1–12; 0: it has none, or isn't in the table */
/* The days of the twelfth month, that which ends with the year: 29 or 30; 0: not in the table. Also for LUNAR_FIRST - 1, the end of which is Tết
 * 2000's eve. So "30 Tết" isn't there every year. */
int lunar_days_of_last_month(int year);

#endif
