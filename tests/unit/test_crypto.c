/* Sealing, keyed hashes, the key file. */
#include "firmware-host/base/crypto.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct keyring *test_keys(void) {
    uint8_t secret[32];
    for (int i = 0; i < 32; i++)
        secret[i] = (uint8_t)i;
    return keyring_from_secret(secret);
}

static void seals_and_unseals(void **state) {
    (void)state;
    struct keyring *keys = test_keys();
    char plain[300];
    memset(plain, 'p', sizeof plain);
    for (size_t len = 0; len <= sizeof plain; len++) {
        struct str sealed, back;
        str_init(&sealed, 1000);
        str_init(&back, 1000);
        str_add(&sealed, "before");
        str_add(&back, "also");
        seal(keys, "text", bytes_of(plain, len), &sealed);
        assert_int_equal(sealed.len, 6 + SEAL_OVERHEAD + len);
        assert_int_equal(sealed.data[6], 1);
        assert_int_equal(unseal(keys, "text", bytes_of(sealed.data + 6, sealed.len - 6), &back), ERR_OK);
        assert_int_equal(back.len, 4 + len);
        assert_memory_equal(back.data, "also", 4);
        assert_memory_equal(back.data + 4, plain, len);
        str_release(&sealed);
        str_release(&back);
    }
    keyring_free(keys);
}

static void equal_texts_seal_differently(void **state) {
    (void)state;
    struct keyring *keys = test_keys();
    struct str a, b;
    str_init(&a, 100);
    str_init(&b, 100);
    seal(keys, "phone", bytes_text("+84912000001"), &a);
    seal(keys, "phone", bytes_text("+84912000001"), &b);
    assert_memory_not_equal(a.data + 1, b.data + 1, 24);
    assert_memory_not_equal(a.data + 25, b.data + 25, 12);
    str_release(&a);
    str_release(&b);
    keyring_free(keys);
}

static void nothing_altered_is_unsealed(void **state) {
    (void)state;
    struct keyring *keys = test_keys();
    struct str sealed, back;
    str_init(&sealed, 200);
    str_init(&back, 200);
    seal(keys, "text", bytes_text("Duong vao thon 3"), &sealed);
    for (size_t i = 0; i < sealed.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            sealed.data[i] = (char)(sealed.data[i] ^ 1 << bit);
            assert_int_equal(unseal(keys, "text", bytes_of(sealed.data, sealed.len), &back), ERR_SEALED);
            sealed.data[i] = (char)(sealed.data[i] ^ 1 << bit);
        }
    for (size_t len = 0; len < sealed.len; len++)
        assert_int_equal(unseal(keys, "text", bytes_of(sealed.data, len), &back), ERR_SEALED);
    assert_int_equal(unseal(keys, "name", bytes_of(sealed.data, sealed.len), &back), ERR_SEALED); /* moved to another column */
    assert_int_equal(unseal(keys, "tex", bytes_of(sealed.data, sealed.len), &back), ERR_SEALED);
    assert_int_equal(back.len, 0);
    assert_true(str_ok(&back));
    struct keyring *others = keyring_from_secret((const uint8_t[32]){7});
    assert_int_equal(unseal(others, "text", bytes_of(sealed.data, sealed.len), &back), ERR_SEALED);
    keyring_free(others);
    str_release(&back);
    str_init(&back, 5);
    assert_int_equal(unseal(keys, "text", bytes_of(sealed.data, sealed.len), &back), ERR_TOO_LONG);
    str_release(&back);
    str_release(&sealed);
    str_init(&sealed, 20);
    seal(keys, "text", bytes_text("x"), &sealed);
    assert_false(str_ok(&sealed));
    str_release(&sealed);
    keyring_free(keys);
}

static void assert_hex(const uint8_t *octets, size_t len, const char *hex) {
    struct str s;
    str_init(&s, 200);
    str_add_hex(&s, octets, len);
    assert_string_equal(s.data, hex);
    str_release(&s);
}

/* What is on disk depends on these for ever. Computed apart from this program: BLAKE2b with salt and personalisation as libsodium's
 * crypto_kdf documents it, then keyed BLAKE2b over length, context and data, or HMAC-SHA-256. */
static void derivation_never_changes(void **state) {
    (void)state;
    struct keyring *keys = test_keys();
    uint8_t hash[HASH_SIZE], mac[32], sealed[200];
    size_t sealed_len;
    struct str plain;
    keyed_hash(keys, "phone", bytes_text("+84912000001"), hash);
    assert_hex(hash, sizeof hash, "6D54632C1B4ACC2203392C398468842F");
    keyed_hash(keys, "", bytes_text(""), hash);
    assert_hex(hash, sizeof hash, "B889B56060C157270D6A505C3313BBC4");
    keyed_hmac(keys, bytes_text("482109304"), mac);
    assert_hex(mac, sizeof mac, "12C1F0EA008B162F789EA309DFE839DE751A668A3789B12BB39A918341D3D19E");
    static const char kept[] = "01B66CF006E5319E5CB632F73EBF71FD9157529EF74F5B20BD16DE78349523AD4D2137B2FBFBC81D4F72BFD6F56855498EAF3E80";
    assert_int_equal(hex_decode(kept, sizeof kept - 1, sealed, sizeof sealed, &sealed_len), ERR_OK);
    str_init(&plain, 100);
    assert_int_equal(unseal(keys, "text", bytes_of(sealed, sealed_len), &plain), ERR_OK);
    assert_string_equal(plain.data, "phản ánh");
    str_release(&plain);
    keyring_free(keys);
}

static void contexts_are_apart(void **state) {
    (void)state;
    struct keyring *keys = test_keys();
    static const char *const rows[][2] = {{"phone", "1"}, {"phon", "e1"}, {"phone1", ""}, {"", "phone1"}, {"inbound", "1"}, {"phone", "2"}};
    uint8_t hashes[6][HASH_SIZE];
    for (size_t i = 0; i < 6; i++) {
        keyed_hash(keys, rows[i][0], bytes_text(rows[i][1]), hashes[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(hashes[i], hashes[j], HASH_SIZE);
    }
    keyring_free(keys);
}

/* A folder of its own for each test of the key file. */
struct folder {
    char path[PATH_MAX], file[PATH_MAX + 16];
    struct str problem;
};

static int make_folder(void **state) {
    struct folder *f = calloc(1, sizeof *f);
    const char *base = getenv("TMPDIR");
    snprintf(f->path, sizeof f->path, "%s/test_crypto.XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->file, sizeof f->file, "%s/seal.key", f->path);
    str_init(&f->problem, 4096);
    *state = f;
    return 0;
}

static int remove_folder(void **state) {
    struct folder *f = *state;
    unlink(f->file);
    int removed = rmdir(f->path); /* fails if anything else was left in it */
    str_release(&f->problem);
    free(f);
    return removed;
}

static void write_file(const struct folder *f, const char *content, mode_t mode) {
    FILE *file = fopen(f->file, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, strlen(content), file), strlen(content));
    assert_int_equal(fchmod(fileno(file), mode), 0);
    assert_int_equal(fclose(file), 0);
}

static void makes_its_key_file_once(void **state) {
    struct folder *f = *state;
    struct keyring *keys = NULL, *again = NULL;
    bool created = false;
    struct stat about;
    struct str sealed, plain;
    mode_t mask = umask(0);
    assert_int_equal(keyring_load(f->file, false, &f->problem, &keys, &created), ERR_NOT_FOUND);
    assert_non_null(strstr(f->problem.data, f->file));
    assert_int_equal(keyring_load(f->file, true, &f->problem, &keys, &created), ERR_OK);
    umask(mask);
    assert_true(created);
    assert_int_equal(stat(f->file, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(about.st_nlink, 1);
    assert_int_equal(keyring_load(f->file, true, &f->problem, &again, &created), ERR_OK);
    assert_false(created);
    str_init(&sealed, 100);
    str_init(&plain, 100);
    seal(keys, "c", bytes_text("x"), &sealed);
    assert_int_equal(unseal(again, "c", bytes_of(sealed.data, sealed.len), &plain), ERR_OK);
    str_release(&sealed);
    str_release(&plain);
    keyring_free(keys);
    keyring_free(again);
}

static void two_files_have_two_keys(void **state) {
    struct folder *f = *state;
    uint8_t first[32] = {0}, second[32] = {0};
    struct keyring *keys = NULL;
    bool created;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(keyring_load(f->file, true, &f->problem, &keys, &created), ERR_OK);
        keyed_hmac(keys, bytes_text(""), i ? second : first);
        keyring_free(keys);
        unlink(f->file);
    }
    assert_memory_not_equal(first, second, 32);
}

/* Children that all find no file and make one at the same moment must all hold the keys that stay on disk. */
static void racing_starts_end_with_one_key(void **state) {
    enum { CHILDREN = 8 };
    struct folder *f = *state;
    struct keyring *keys = NULL;
    uint8_t mac[32], macs[CHILDREN][32];
    bool created;
    int gate[2], results[2];
    assert_int_equal(pipe(gate), 0);
    assert_int_equal(pipe(results), 0);
    for (int i = 0; i < CHILDREN; i++)
        if (fork() == 0) {
            char opened;
            close(gate[1]);
            if (read(gate[0], &opened, 1) != 0 || keyring_load(f->file, true, &f->problem, &keys, &created) != ERR_OK)
                _exit(1);
            keyed_hmac(keys, bytes_text(""), mac);
            _exit(write(results[1], mac, sizeof mac) == sizeof mac ? 0 : 1);
        }
    close(gate[0]);
    close(gate[1]); /* opens it for all */
    for (int i = 0; i < CHILDREN; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read(results[0], macs, sizeof macs), sizeof macs);
    close(results[0]);
    close(results[1]);
    assert_int_equal(keyring_load(f->file, false, &f->problem, &keys, &created), ERR_OK);
    keyed_hmac(keys, bytes_text(""), mac);
    for (int i = 0; i < CHILDREN; i++)
        assert_memory_equal(macs[i], mac, sizeof mac);
    keyring_free(keys);
}

#define A64 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define B64 "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static void bad_files_are_named_by_line(void **state) {
    struct folder *f = *state;
    static const struct {
        const char *content, *problem;
    } rows[] = {
        {"", "holds no key"},
        {"# only a comment\n\n  \n", "holds no key"},
        {"1\n", "seal.key:1: expected"},
        {"# x\n\n1 abc\n", "seal.key:3: the key isn't 64 hex digits"},
        {"1 " A64 "0\n", "seal.key:1: the key isn't"},
        {"1 " A64 "00\n", "seal.key:1: the key isn't"},
        {"1 " A64 " x\n", "seal.key:1: the key isn't"},
        {"1 0x" A64 "\n", "seal.key:1: the key isn't"},
        {"0 " A64 "\n", "seal.key:1: the key id"},
        {"256 " A64 "\n", "seal.key:1: the key id"},
        {"-1 " A64 "\n", "seal.key:1: the key id"},
        {"x " A64 "\n", "seal.key:1: the key id"},
        {A64 "\n", "seal.key:1: expected"},
        {"1 " A64 "\n1 " B64 "\n", "seal.key:2: the key id isn't greater"},
        {"2 " A64 "\n1 " B64 "\n", "seal.key:2: the key id isn't greater"},
        {"1 " A64 "\n2 " B64 "\nrubbish", "seal.key:3: expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct keyring *keys = NULL;
        bool created = true;
        write_file(f, rows[i].content, 0600);
        str_clear(&f->problem);
        assert_int_equal(keyring_load(f->file, true, &f->problem, &keys, &created), ERR_INVALID);
        if (!strstr(f->problem.data, rows[i].problem))
            fail_msg("row %zu: %s", i, f->problem.data);
        assert_null(strstr(f->problem.data, "00112233")); /* a key is never repeated in an error */
        assert_null(keys);
        assert_true(created);
    }
}

static void good_files(void **state) {
    struct folder *f = *state;
    static const char *const rows[] = {"1 " A64 "\n", "1 " A64, "1\t" A64 "\r\n", "# c\n\n  255   " A64 "  \n# end"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct keyring *keys = NULL;
        bool created = true;
        write_file(f, rows[i], i % 2 ? 0400 : 0600);
        assert_int_equal(keyring_load(f->file, false, &f->problem, &keys, &created), ERR_OK);
        assert_false(created);
        keyring_free(keys);
        unlink(f->file);
    }
}

static void open_files_are_refused(void **state) {
    struct folder *f = *state;
    static const mode_t modes[] = {0640, 0604, 0660, 0610, 0601, 0777};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        struct keyring *keys = NULL;
        bool created;
        write_file(f, "1 " A64 "\n", modes[i]);
        str_clear(&f->problem);
        assert_int_equal(keyring_load(f->file, true, &f->problem, &keys, &created), ERR_INVALID);
        assert_non_null(strstr(f->problem.data, "chmod 600"));
    }
}

static void what_is_no_file_is_refused(void **state) {
    struct folder *f = *state;
    struct keyring *keys = NULL;
    bool created;
    assert_int_equal(mkfifo(f->file, 0600), 0); /* must not wait for a writer */
    assert_int_equal(keyring_load(f->file, true, &f->problem, &keys, &created), ERR_INVALID);
    unlink(f->file);
    assert_int_equal(mkdir(f->file, 0700), 0);
    assert_int_equal(keyring_load(f->file, true, &f->problem, &keys, &created), ERR_INVALID);
    rmdir(f->file);
    char inside[PATH_MAX + 32];
    snprintf(inside, sizeof inside, "%s/none/seal.key", f->path);
    str_clear(&f->problem);
    assert_int_equal(keyring_load(inside, true, &f->problem, &keys, &created), ERR_IO);
    assert_non_null(strstr(f->problem.data, "No such file"));
    write_file(f, "", 0600);
    assert_int_equal(truncate(f->file, 1 << 20), 0);
    assert_int_equal(keyring_load(f->file, true, &f->problem, &keys, &created), ERR_INVALID);
}

static void rotation(void **state) {
    struct folder *f = *state;
    struct keyring *old = NULL, *both = NULL, *newer = NULL;
    bool created;
    struct str sealed_old, sealed_new, plain;
    uint8_t a[32], b[32], hash_a[HASH_SIZE], hash_b[HASH_SIZE];
    write_file(f, "3 " A64 "\n", 0600);
    assert_int_equal(keyring_load(f->file, false, &f->problem, &old, &created), ERR_OK);
    write_file(f, "3 " A64 "\n7 " B64 "\n", 0600);
    assert_int_equal(keyring_load(f->file, false, &f->problem, &both, &created), ERR_OK);
    write_file(f, "7 " B64 "\n", 0600);
    assert_int_equal(keyring_load(f->file, false, &f->problem, &newer, &created), ERR_OK);
    str_init(&sealed_old, 100);
    str_init(&sealed_new, 100);
    str_init(&plain, 100);
    seal(old, "c", bytes_text("x"), &sealed_old);
    seal(both, "c", bytes_text("x"), &sealed_new);
    assert_int_equal(sealed_old.data[0], 3);
    assert_int_equal(sealed_new.data[0], 7);
    assert_int_equal(unseal(both, "c", bytes_of(sealed_old.data, sealed_old.len), &plain), ERR_OK);
    assert_int_equal(unseal(both, "c", bytes_of(sealed_new.data, sealed_new.len), &plain), ERR_OK);
    assert_int_equal(unseal(newer, "c", bytes_of(sealed_new.data, sealed_new.len), &plain), ERR_OK);
    assert_int_equal(unseal(old, "c", bytes_of(sealed_new.data, sealed_new.len), &plain), ERR_SEALED);
    assert_int_equal(unseal(newer, "c", bytes_of(sealed_old.data, sealed_old.len), &plain), ERR_SEALED);
    keyed_hmac(old, bytes_text("1"), a);
    keyed_hmac(both, bytes_text("1"), b);
    assert_memory_equal(a, b, 32);
    keyed_hash(old, "phone", bytes_text("1"), hash_a);
    keyed_hash(both, "phone", bytes_text("1"), hash_b);
    assert_memory_equal(hash_a, hash_b, HASH_SIZE);
    str_release(&sealed_old);
    str_release(&sealed_new);
    str_release(&plain);
    keyring_free(old);
    keyring_free(both);
    keyring_free(newer);
}

static void every_id_fits(void **state) {
    struct folder *f = *state;
    struct keyring *keys = NULL;
    bool created;
    struct str content, sealed;
    str_init(&content, 65536);
    for (int id = 1; id <= 255; id++)
        str_addf(&content, "%d " A64 "\n", id);
    write_file(f, content.data, 0600);
    assert_int_equal(keyring_load(f->file, false, &f->problem, &keys, &created), ERR_OK);
    str_init(&sealed, 100);
    seal(keys, "c", bytes_text("x"), &sealed);
    assert_int_equal((uint8_t)sealed.data[0], 255);
    str_release(&content);
    str_release(&sealed);
    keyring_free(keys);
}

static void randomness(void **state) {
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    bool seen[5] = {false};
    random_octets(a, sizeof a);
    random_octets(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    for (int i = 0; i < 1000; i++) {
        uint32_t n = random_below(5);
        assert_true(n < 5);
        seen[n] = true;
    }
    for (int i = 0; i < 5; i++)
        assert_true(seen[i]);
    assert_int_equal(random_below(1), 0);
    assert_int_equal(random_below(0), 0);
}

static int start(void **state) {
    (void)state;
    crypto_start();
    return 0;
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

/* As sha256sum(1) prints it; FIPS 180-4's example of one block, and more than one read. */
static void hash_of_a_file(void **state) {
    (void)state;
    char text[SHA256_TEXT_SIZE];
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(sha256_of_file(file, text), ERR_OK);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    fputs("abc", file);
    rewind(file);
    assert_int_equal(sha256_of_file(file, text), ERR_OK);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    rewind(file);
    for (int i = 0; i < 1000000; i++)
        fputc('a', file);
    rewind(file);
    assert_int_equal(sha256_of_file(file, text), ERR_OK);
    assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    fclose(file);
    file = fopen("/proc/self", "r"); /* a folder: opens, and can't be read */
    assert_non_null(file);
    assert_int_equal(sha256_of_file(file, text), ERR_IO);
    fclose(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_and_unseals),
        cmocka_unit_test(equal_texts_seal_differently),
        cmocka_unit_test(nothing_altered_is_unsealed),
        cmocka_unit_test(derivation_never_changes),
        cmocka_unit_test(contexts_are_apart),
        WITH_FOLDER(makes_its_key_file_once),
        WITH_FOLDER(two_files_have_two_keys),
        WITH_FOLDER(racing_starts_end_with_one_key),
        WITH_FOLDER(bad_files_are_named_by_line),
        WITH_FOLDER(good_files),
        WITH_FOLDER(open_files_are_refused),
        WITH_FOLDER(what_is_no_file_is_refused),
        WITH_FOLDER(rotation),
        WITH_FOLDER(every_id_fits),
        cmocka_unit_test(hash_of_a_file),
        cmocka_unit_test(randomness),
    };
    return cmocka_run_group_tests_name("crypto", tests, start, NULL);
}
