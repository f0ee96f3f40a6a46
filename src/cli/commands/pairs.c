/* Pairs of groups: those of --pairs, else all of groups with data. */
#include <string.h>

#include "results.h"

/* The group whose label is text[0 .. length - 1], blanks around it aside; or -1. */
static int32_t find_group(const cli_places *p, const char *text, size_t length) {
  while (length > 0 && text[0] == ' ') text++, length--;
  while (length > 0 && text[length - 1] == ' ') length--;
  for (int32_t g = 0; g < p->groups; g++) {
    if (strlen(p->group_label[g]) == length && strncmp(p->group_label[g], text, length) == 0) return g;
  }
  return -1;
}

static void find_pair(const cli_places *p, const char *text, cli_pairs *to) {
  /* a label may contain commas itself */
  for (const char *comma = strchr(text, ','); comma != NULL; comma = strchr(comma + 1, ',')) {
    const int32_t first = find_group(p, text, (size_t)(comma - text)), second = find_group(p, comma + 1, strlen(comma + 1));
    if (first < 0 || second < 0) continue;
    if (first == second) cli_usage("--pairs compares \"%s\" with itself", p->group_label[first]);
    to->first[to->count] = first;
    to->second[to->count++] = second;
    return;
  }
  cli_list groups = {0};
  for (int32_t g = 0; g < p->groups; g++) cli_push(&groups, p->group_label[g]);
  cli_fail("\"%s\" (in --pairs) is not two groups with a comma between them; the groups are %s", text, cli_listed(&groups, "; "));
}

cli_pairs cli_find_pairs(const cli_options *options, const cli_places *p, const int64_t *n, int64_t each, const char *hint) {
  const int64_t groups = p->groups;
  const cli_list *asked = &options->pairs;
  const int64_t most = asked->count > 0 ? asked->count : groups * (groups - 1) / 2;
  if (asked->count == 0 && most * each > 4000000) {
    cli_fail("all pairs of %lld groups are %lld, with %lld comparisons, more than 4000000; choose some with --pairs%s",
             (long long)groups, (long long)most, (long long)(most * each), hint);
  }
  cli_pairs found = {CLI_NEW(int32_t, most), CLI_NEW(int32_t, most), 0};
  for (int32_t i = 0; i < asked->count; i++) find_pair(p, asked->item[i], &found);
  if (asked->count > 0) return found;
  for (int32_t g = 0; g < groups; g++) {
    for (int32_t h = g + 1; h < groups; h++) {
      if (n[g] == 0 || n[h] == 0) continue;
      found.first[found.count] = g;
      found.second[found.count++] = h;
    }
  }
  if (found.count == 0) cli_fail("there are fewer than two groups with data to compare");
  return found;
}
