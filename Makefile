# phanhoi: one non-recursive Makefile. Objects and programs land in build/$(MODE)/.
#   make [MODE=debug|asan|release]   all programs (MODE=fuzz is scripts/fuzz's: clang, libFuzzer, sanitizers)
#   make test                        unit and fault tests, kept fuzz inputs (TAP, summed up)
#   make fuzz                        fuzz targets with clang's libFuzzer (scripts/fuzz builds and runs them)
#   make lint                        layers, headers, sizes, format, tidy, cppcheck, shellcheck
#   make fault                       power and disk fail at every single operation, not at samples of them (minutes)
#   make crash                       kill -9 at every named point and at 500 random moments under load (minutes)
#   make drain-drill                 50,000 events after seven days without the central store, kill -9 of both sides while they drain (minutes)
#   make afternoon                   eight modems that fail for twenty hours of their time (half an hour)
#   make check-hardware              a Debian kernel in qemu, modems pulled and plugged (scripts/check-hardware)
#   make check                       both (scripts/check installs what is missing first)
MODE ?= debug
B := build/$(MODE)

CC := gcc
PKG_CONFIG ?= pkg-config
STD := -std=c11 -D_GNU_SOURCE -I. -I$(B)/gen
WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wwrite-strings -Wswitch-enum
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
LINK_HARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack

MODE_FLAGS_debug := -O1 -g -DPHANHOI_CRASH_POINTS
# Under the sanitizers gcc guesses ranges wrongly; the other modes keep the two warnings.
MODE_FLAGS_asan := -O1 -g -DPHANHOI_CRASH_POINTS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-Wno-format-truncation -Wno-maybe-uninitialized
MODE_FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fcf-protection
MODE_FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ifeq ($(MODE_FLAGS_$(MODE)),)
$(error MODE is debug, asan, release or fuzz, not "$(MODE)")
endif
ifeq ($(MODE),fuzz)
CC := clang
WARN :=
endif
ifneq ($(MODE)-$(shell uname -m),release-x86_64)
MODE_FLAGS_release := $(filter-out -fcf-protection,$(MODE_FLAGS_release))
endif

CFLAGS := $(STD) $(WARN) $(HARDEN) $(MODE_FLAGS_$(MODE))
LDFLAGS := $(LINK_HARDEN) $(filter -fsanitize%,$(MODE_FLAGS_$(MODE)))

# Third-party libraries, each named once; scripts/check-layers says which folder may include which.
pkg = $(shell $(PKG_CONFIG) --libs $(1))
LIBS_BASE := $(call pkg,libutf8proc libsodium jansson)
LIBS_STORE := $(call pkg,sqlite3 libcurl libcrypto expat)
LIBS_MODEM := $(call pkg,libserialport libudev libseccomp)
LIBS_GAMMU := $(call pkg,gammu) -lpthread
LIBS_HOST := $(call pkg,libuv libconfig libsystemd)
LIBS_WEBHOOK := $(call pkg,libmicrohttpd libseccomp)
LIBS_TEST = $(call pkg,cmocka) -lm

SRC_base := $(wildcard firmware-host/base/*.c)
SRC_store := $(wildcard store/*.c store/central/*.c)
SRC_modem := $(filter-out modem/main.c,$(wildcard modem/*.c))
SRC_smsc := $(wildcard smsc/*.c)
SRC_host := $(filter-out firmware-host/main.c firmware-host/ctl.c,$(wildcard firmware-host/*.c))
SRC_webhook := $(wildcard firmware-host/webhook/*.c)
SRC_virtual := $(filter-out modem/virtual/main.c,$(wildcard modem/virtual/*.c))
LAYERS := host smsc modem store base
SRC_all := $(foreach l,$(LAYERS) virtual webhook,$(SRC_$(l))) $(wildcard firmware-host/main.c firmware-host/ctl.c modem/main.c modem/virtual/main.c modem/usb_reset/main.c)

objects = $(patsubst %.c,$(B)/%.o,$(1))
GEN_store := $(B)/gen/store/migrations.o $(B)/gen/store/calendar_default.o
LIB_base := $(B)/libbase.a
LIB_store := $(B)/libstore.a
LIB_modem := $(B)/libmodem.a
LIB_smsc := $(B)/libsmsc.a
LIB_host := $(B)/libhost.a
LIB_virtual := $(B)/libvirtual.a
LIB_fixture := $(B)/libfixture.a

PROGRAMS := $(if $(wildcard firmware-host/main.c),$(B)/phanhoid) $(if $(wildcard firmware-host/ctl.c),$(B)/phanhoictl) \
	$(if $(wildcard modem/main.c),$(B)/phanhoi-modem) $(if $(wildcard modem/virtual/main.c),$(B)/phanhoi-vmodem) \
	$(if $(wildcard modem/usb_reset/main.c),$(B)/phanhoi-usb-reset) $(if $(SRC_webhook),$(B)/phanhoi-webhook)
TEST_SRC := $(wildcard tests/unit/test_*.c tests/fault/test_*.c)
TEST_HELP := $(filter-out $(TEST_SRC),$(wildcard tests/unit/*.c tests/fault/*.c))
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(TEST_SRC) $(FUZZ_SRC))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
BENCH_SRC := $(wildcard tests/bench/*.c)
BENCHES := $(patsubst tests/bench/%.c,$(B)/bench/%,$(BENCH_SRC))

.PHONY: all test tests-only fault crash drain-drill check-hardware afternoon lint check bench-programs fuzz fuzz-programs clean
all: $(PROGRAMS)

$(LIB_base): $(call objects,$(SRC_base))
$(LIB_store): $(call objects,$(SRC_store)) $(GEN_store)
$(LIB_modem): $(call objects,$(SRC_modem))
$(LIB_smsc): $(call objects,$(SRC_smsc))
$(LIB_host): $(call objects,$(SRC_host))
$(LIB_virtual): $(call objects,$(SRC_virtual))
$(LIB_fixture): $(call objects,$(TEST_HELP))
$(B)/lib%.a:
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcsD $@ $^

$(B)/phanhoid: $(call objects,firmware-host/main.c) $(LIB_host) $(LIB_smsc) $(LIB_modem) $(LIB_store) $(LIB_base)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_HOST) $(LIBS_STORE) $(LIBS_BASE)
$(B)/phanhoictl: $(call objects,firmware-host/ctl.c) $(LIB_host) $(LIB_smsc) $(LIB_modem) $(LIB_store) $(LIB_base)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_HOST) $(LIBS_STORE) $(LIBS_BASE)
$(B)/phanhoi-modem: $(call objects,modem/main.c) $(LIB_modem) $(LIB_base)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_MODEM) $(LIBS_GAMMU) $(LIBS_BASE)
$(B)/phanhoi-webhook: $(call objects,$(SRC_webhook)) $(LIB_modem) $(LIB_store) $(LIB_base)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_WEBHOOK) $(LIBS_BASE)
$(B)/phanhoi-usb-reset: $(call objects,modem/usb_reset/main.c) $(LIB_base)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_BASE)
$(B)/phanhoi-vmodem: $(call objects,modem/virtual/main.c) $(LIB_virtual) $(LIB_modem) $(LIB_base)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_HOST) $(LIBS_MODEM) $(LIBS_BASE)

# Tests and benches may use every layer; the linker takes what each needs. libGammu is the second opinion of the TPDU codec, libosmocore of USSD's.
$(B)/tests/% : $(B)/tests/%.o $(LIB_fixture) $(LIB_virtual) $(LIB_host) $(LIB_smsc) $(LIB_modem) $(LIB_store) $(LIB_base)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_TEST) $(LIBS_HOST) $(LIBS_MODEM) $(LIBS_STORE) $(LIBS_BASE) $(if $(findstring gammu,$@),$(LIBS_GAMMU)) \
	  $(if $(findstring test_discover,$@),$(call pkg,umockdev-1.0)) $(if $(findstring osmocom,$@),$(call pkg,libosmogsm))
$(B)/bench/% : $(B)/tests/bench/%.o $(LIB_host) $(LIB_smsc) $(LIB_modem) $(LIB_store) $(LIB_base)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_HOST) $(LIBS_MODEM) $(LIBS_STORE) $(LIBS_BASE)
bench-programs: all $(BENCHES)
# A fuzz target is built twice: with a driver that replays its kept inputs, for every `make test`, and with libFuzzer (MODE=fuzz).
$(B)/tests/fuzz/% : $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(LIB_virtual) $(LIB_host) $(LIB_smsc) $(LIB_modem) $(LIB_store) $(LIB_base)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_HOST) $(LIBS_MODEM) $(LIBS_STORE) $(LIBS_BASE)
$(B)/fuzz/% : $(B)/tests/fuzz/%.o $(LIB_virtual) $(LIB_host) $(LIB_smsc) $(LIB_modem) $(LIB_store) $(LIB_base)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS_HOST) $(LIBS_MODEM) $(LIBS_STORE) $(LIBS_BASE)
fuzz-programs: $(FUZZERS)
fuzz:
	@$(MAKE) -s MODE=fuzz fuzz-programs

# Data that the programs carry in themselves: migrations, the working-day calendar.
$(B)/gen/store/migrations.c: $(wildcard store/migrations/*.sql) scripts/embed
	@mkdir -p $(@D)
	@scripts/embed store_migrations store/migrations/*.sql > $@
$(B)/gen/store/calendar_default.c: store/calendar.json scripts/embed
	@mkdir -p $(@D)
	@scripts/embed store_calendar_default store/calendar.json > $@
$(B)/gen/%.o: $(B)/gen/%.c
	@$(CC) $(CFLAGS) -c -o $@ $<

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(if $(findstring gammu,$<),$(shell $(PKG_CONFIG) --cflags gammu)) \
		$(if $(findstring test_discover,$<),$(shell $(PKG_CONFIG) --cflags umockdev-1.0 | sed 's/-I/-isystem /g')) -MMD -MP -c -o $@ $<

test: all $(TESTS)
	@scripts/run-tests $(TESTS)
tests-only: $(TESTS) $(B)/bench/preload
fault: $(filter $(B)/tests/fault/%,$(TESTS))
	@FAULT_ITERATIONS=1000 TEST_TIMEOUT=3000 scripts/run-tests $^
crash: all
	@CRASH_KILLS=500 TEST_TIMEOUT=3000 scripts/run-tests tests/crash/crash.mjs
drain-drill: all $(B)/bench/preload
	@DRAIN_EVENTS=50000 DRAIN_KILLS=120 TEST_TIMEOUT=3000 scripts/run-tests tests/crash/drain.mjs
afternoon: all
	@AFTERNOON_HOURS=20 AFTERNOON_MINUTES=10 TEST_TIMEOUT=3000 scripts/run-tests tests/afternoon/afternoon.mjs
check-hardware: all
	@TEST_TIMEOUT=600 scripts/run-tests MODE=$(MODE) scripts/check-hardware
lint:
	@scripts/run-lints
check: test lint

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:
