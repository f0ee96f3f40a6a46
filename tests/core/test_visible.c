/*
 * Texts as they may be shown: weeg_visible().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

/* What weeg_visible() makes of some bytes: with its end, and told first how long it is. */
static const char *shown(const char *text, size_t length) {
  static char to[400];
  const size_t size = weeg_visible(text, length, NULL);
  CHECK(size <= 6 * length && size < sizeof to);
  CHECK(weeg_visible(text, length, to) == size);
  to[size] = '\0';
  return to;
}

typedef struct example { const char *text, *shown; } example;

static void test_examples(void) {
  static const example all[] = {
      {"", ""},
      {"Cram\u00e9r's V, \u03c7\u00b2 \u2013 \U0001F600", "Cram\u00e9r's V, \u03c7\u00b2 \u2013 \U0001F600"},
      {"\x1b[31mred\x1b]8;;x\x07", "\\u001b[31mred\\u001b]8;;x\\u0007"},
      {"a\tb\r\nc", "a b  c"},
      {"\x7f\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\u007f\\u0080\\u009b\\u009f\xc2\xa0"},
      {"\u202ex\u202c\u2066y\u2069\u061c\u200f", "\\u202ex\\u202c\\u2066y\\u2069\\u061c\\u200f"},
      {"\u200b\u2060\ufeff\u2028\u2029", "\\u200b\\u2060\\ufeff\\u2028\\u2029"},
      {"\u0645\u06cc\u200c\u062e so\u00adft", "\u0645\u06cc\u200c\u062e so\u00adft"},
      {"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "\\ufffe\\uffff\xef\xbf\xbd"},
      {"\xf3\xa0\x81\x81", "\\U000e0041"},
      /* fillers and marks that take no place, and what chooses the form of a letter, which belongs to it */
      {"a\u034fb\u115f\u1160\u17b4\u3164\uffa0\ufff0", "a\\u034fb\\u115f\\u1160\\u17b4\\u3164\\uffa0\\ufff0"},
      {"\U0001d173\U000e01f0 \u2764\ufe0f \u8fbb\U000e0100", "\\U0001d173\\U000e01f0 \u2764\ufe0f \u8fbb\U000e0100"},
      {"a\xff\xc3(\xed\xa0\x80\xc0\xaf\xf5", "a\\xff\\xc3(\\xed\\xa0\\x80\\xc0\\xaf\\xf5"},
      {"caf\xc3", "caf\\xc3"},
      {"\\u001b", "\\u001b"}};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) CHECK_TEXT(shown(all[k].text, strlen(all[k].text)), all[k].shown);
  CHECK_TEXT(shown("a\0b", 3), "a\\u0000b");
  CHECK_TEXT(shown("caf\xc3\xa9", 4), "caf\\xc3"); /* the rest is not part of the text */
}

/* Two bytes of any kind, and each character: nothing comes out that must not, and it stays as it is. */
static void test_all(void) {
  char text[4], again[64];
  for (unsigned k = 0; k < 0x20000; k++) {
    size_t length = 2;
    if (k < 0x10000) {
      text[0] = (char)(k >> 8);
      text[1] = (char)(k & 0xff);
    } else {
      const unsigned code = k - 0x10000;
      if (code < 0x800) continue;
      length = 3;
      text[0] = (char)(0xe0 | code >> 12);
      text[1] = (char)(0x80 | (code >> 6 & 0x3f));
      text[2] = (char)(0x80 | (code & 0x3f));
    }
    char to[64];
    const size_t size = weeg_visible(text, length, to);
    bool plain = size > 0;
    for (size_t i = 0; i < size; i++) {
      const unsigned char c = (unsigned char)to[i];
      plain = plain && c >= 0x20 && c != 0x7f && !(c == 0xc2 && i + 1 < size && (unsigned char)to[i + 1] < 0xa0);
    }
    if (!plain || weeg_visible(to, size, again) != size || memcmp(to, again, size) != 0) CHECK(k == UINT32_MAX);
  }
  CHECK(weeg_visible("", 0, NULL) == 0);
}

int main(void) {
  test_examples();
  test_all();
  return test_report("visible");
}
