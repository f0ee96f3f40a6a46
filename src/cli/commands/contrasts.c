/* weeg compare --contrasts: linear functions of the proportions of groups, by name. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "commands/contrasts.h"

static int32_t find_group(const cli_places *p, const char *contrast, const char *label, size_t length) {
  cli_list groups = {0};
  for (int32_t g = 0; g < p->groups; g++) {
    if (strlen(p->group_label[g]) == length && strncmp(p->group_label[g], label, length) == 0) return g;
    cli_push(&groups, p->group_label[g]);
  }
  cli_fail("contrast \"%s\" in --contrasts has a coefficient for \"%.*s\", which is not a group; the groups are %s", contrast,
           (int)length, label, cli_listed(&groups, "; "));
}

/* The coefficients of "NAME=-1,0,1", in the order of the groups, or of "NAME=a=-1,b=1", by group; others are 0. */
static void read_contrast(const cli_places *p, const char *name, const char *text, double *coef) {
  const cli_list given = cli_split(text);
  const bool by_group = strchr(given.item[0], '=') != NULL;
  bool *has = CLI_NEW(bool, p->groups);
  if (!by_group && given.count != p->groups) {
    cli_fail("contrast \"%s\" in --contrasts has %s for %s: %s", name,
             cli_counted(given.count, "coefficient", "coefficients"), cli_counted(p->groups, "group", "groups"),
             cli_listed(&(cli_list){p->group_label, p->groups, 0}, "; "));
  }
  for (int32_t i = 0; i < given.count; i++) {
    const char *one = given.item[i], *equals = strrchr(one, '=');
    if ((equals != NULL) != by_group) {
      cli_usage("contrast \"%s\" in --contrasts must name all of its groups, as in 'change=before=-1,after=1', or none", name);
    }
    const int32_t g = by_group ? find_group(p, name, one, (size_t)(equals - one)) : i;
    if (has[g]) cli_usage("contrast \"%s\" in --contrasts has two coefficients for \"%s\"", name, p->group_label[g]);
    has[g] = true;
    coef[g] = cli_number_between(by_group ? equals + 1 : one, -DBL_MAX, DBL_MAX,
                                 cli_format("contrast \"%s\" in --contrasts must be numbers", name));
  }
}

static void read_contrasts(const cli_list *asked, const cli_places *p, cli_contrasts *c) {
  c->coef = CLI_NEW(double, (int64_t)c->count * p->groups);
  for (int32_t i = 0; i < c->count; i++) {
    const char *text = asked->item[i], *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
      cli_usage("--contrasts must be trend, or coefficients with a name, as in 'last - first=-1,0,1' or "
                "'change=before=-1,after=1', not \"%s\"", text);
    }
    c->name[i] = cli_copy(text, (size_t)(equals - text));
    for (int32_t k = 0; k < i; k++) {
      if (strcmp(c->name[k], c->name[i]) == 0) cli_usage("--contrasts has two contrasts with the name \"%s\"", c->name[i]);
    }
    read_contrast(p, c->name[i], equals + 1, &c->coef[(int64_t)i * p->groups]);
  }
}

/* Whether each of the coefficients is the same number of times that of the other contrast, which need not be more than 0. */
static bool is_multiple(const double *a, const double *b, int32_t groups) {
  int32_t largest = 0;
  for (int32_t g = 1; g < groups; g++) {
    if (fabs(a[g]) > fabs(a[largest])) largest = g;
  }
  const double factor = b[largest] / a[largest];
  for (int32_t g = 0; g < groups; g++) {
    if (!(factor != 0 && fabs(b[g] / factor - a[g]) < 1e-9 * fabs(a[largest]))) return false;
  }
  return true;
}

static void find_multiples(cli_contrasts *c, int32_t groups) {
  c->same_as = CLI_NEW(int32_t, c->count);
  for (int32_t i = 0; i < c->count; i++) {
    c->same_as[i] = i;
    for (int32_t k = 0; k < i && c->same_as[i] == i; k++) {
      if (is_multiple(&c->coef[(int64_t)k * groups], &c->coef[(int64_t)i * groups], groups)) c->same_as[i] = k;
    }
  }
}

static bool is_trend(const cli_list *asked) { return asked->count == 1 && strcmp(asked->item[0], "trend") == 0; }

const char *cli_trend_unit(const cli_options *options, const cli_places *p) {
  if (!is_trend(&options->contrasts)) return NULL;
  const weeg_variable *group = &p->data->variable[0];
  return group->number ? cli_format("per 1 in %s", group->name) : cli_said("per step from one group to the next");
}

/* The scores of the groups in a trend. */
static const double *trend_scores(const cli_places *p) {
  if (p->group_names.count != 1) cli_usage("a trend is over one group: 'outcome ~ group'");
  cli_need_order(&p->data->variable[0], cli_said("a trend"));
  return cli_level_scores(&p->data->variable[0]);
}

const cli_contrasts *cli_find_contrasts(const cli_options *options, const cli_places *p, int32_t measure) {
  const cli_list *asked = &options->contrasts;
  weeg_error err = cli_error();
  cli_contrasts *c = CLI_NEW(cli_contrasts, 1);
  const bool trend = is_trend(asked);
  c->count = asked->count;
  c->name = CLI_NEW(const char *, c->count);
  if (trend) c->name[0] = "trend";
  else read_contrasts(asked, p, c);
  const weeg_coefficients what = {c->count, c->coef, trend ? trend_scores(p) : NULL, options->level, measure};
  c->n = CLI_NEW(int64_t, c->count);
  c->found = CLI_NEW(weeg_contrast, (int64_t)c->count * p->levels);
  const weeg_status status = weeg_compare_contrasts(cli_survey(p->data), &p->table, &what, c->n, c->found, &err);
  if (status == WEEG_ERR_ARGUMENT && err.where >= 0 && err.where < c->count) {
    cli_usage("contrast \"%s\" in --contrasts %s", c->name[err.where], err.message);
  }
  cli_check_estimate(status, &err, p->data);
  if (trend) c->same_as = CLI_NEW(int32_t, 1);
  else find_multiples(c, p->groups);
  return c;
}
