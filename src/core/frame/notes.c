/* How two tallies came to be: whether that was alike, and what is to be said of their sum. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/frame.h"

/* The first value of a key behind place `*at`, which becomes the one after it; NULL: there is none. */
static const char *next_note(const weeg_texts *notes, const char *key, int32_t *at) {
  for (; *at + 1 < notes->count; *at += 2) {
    if (strcmp(notes->text[*at], key) != 0) continue;
    *at += 2;
    return notes->text[*at - 1];
  }
  return NULL;
}

static const char *find_note_in(const weeg_texts *notes, const char *key) {
  int32_t at = 0;
  return next_note(notes, key, &at);
}

static const char *find_note(const weeg_frame *frame, const char *key) { return find_note_in(&frame->notes, key); }

static bool same_text(const char *a, const char *b) {
  return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

bool weeg_i_frame_weighted_by_fpc(const weeg_frame *frame) { return same_text(find_note(frame, "weights"), WEEG_FPC_WEIGHTS); }

/* Of a design that does not say whose its conventions are, they are those of package survey. */
static const char *conventions_of(const weeg_frame *frame) {
  const char *conventions = find_note(frame, "conventions");
  return conventions == NULL ? "survey" : conventions;
}

/* "(age < 30) & (sex == 1)"; one condition stands alone, and for none there is NULL. */
static weeg_status domain_text(made_frame *scratch, const weeg_texts *notes, const char **text, weeg_error *err) {
  weeg_status status = WEEG_OK;
  size_t size = 1;
  int32_t conditions = 0;
  const char *one = NULL;
  char *all = NULL;
  for (int32_t at = 0; (one = next_note(notes, "condition", &at)) != NULL; conditions++) size += strlen(one) + strlen("() & ");
  *text = find_note_in(notes, "condition");
  if (conditions < 2) return WEEG_OK;
  FRAME_NEW(scratch, all, (int64_t)size);
  for (int32_t at = 0; (one = next_note(notes, "condition", &at)) != NULL;) {
    strcat(strcat(strcat(all, all[0] == '\0' ? "(" : " & ("), one), ")");
  }
  *text = all;
cleanup:
  return status;
}

/* A sender of a who is one of b too; NULL: none. */
static const char *common_sender(const weeg_frame *a, const weeg_frame *b) {
  const char *of_a = NULL, *of_b = NULL;
  for (int32_t at_a = 0; (of_a = next_note(&a->notes, "sender", &at_a)) != NULL;) {
    for (int32_t at_b = 0; (of_b = next_note(&b->notes, "sender", &at_b)) != NULL;) {
      if (strcmp(of_a, of_b) == 0) return of_a;
    }
  }
  return NULL;
}

static bool same_variables(const weeg_frame *a, const weeg_frame *b) {
  bool same = a->variables == b->variables;
  for (int32_t v = 0; v < a->variables && same; v++) {
    same = strcmp(a->variable[v].name, b->variable[v].name) == 0 && a->variable[v].measure == b->variable[v].measure;
  }
  return same;
}

static bool same_stages(const weeg_frame *a, const weeg_frame *b) {
  bool same = a->design.later == b->design.later;
  for (int32_t s = 0; s < a->design.later && same; s++) {
    const weeg_stage *x = &a->design.stages[s], *y = &b->design.stages[s];
    same = x->element == y->element && (x->stratum_fpc == NULL) == (y->stratum_fpc == NULL) &&
           (a->stages[s].strata.count == 0) == (b->stages[s].strata.count == 0);
  }
  return same;
}

static weeg_fault replicates_differ(const weeg_frame *a, const weeg_frame *b) {
  const weeg_replicates *x = a->design.replicates, *y = b->design.replicates;
  if (x == NULL && y == NULL) return WEEG_FAULT_NONE;
  if (x == NULL || y == NULL) return WEEG_FAULT_ONE_REPLICATED;
  const bool made = x->rank == WEEG_RANK_UNITS || x->rank == WEEG_RANK_DESIGN;
  if (made || y->rank == WEEG_RANK_UNITS || y->rank == WEEG_RANK_DESIGN) return WEEG_FAULT_MADE_APART;
  bool same = x->count == y->count && x->scale == y->scale && x->mse == y->mse && x->df == y->df &&
              same_text(find_note(a, "replicates"), find_note(b, "replicates"));
  for (int32_t r = 0; r < x->count && same; r++) same = x->rscales[r] == y->rscales[r];
  return same ? WEEG_FAULT_NONE : WEEG_FAULT_REPLICATES;
}

/* What differs, in the order in which it is looked at. */
static weeg_fault find_difference(const weeg_frame *a, const weeg_frame *b, bool same_domain) {
  const weeg_design *d = &a->design, *e = &b->design;
  const weeg_fault replicates = replicates_differ(a, b);
  if (!same_variables(a, b)) return WEEG_FAULT_VARIABLES;
  if (d->calibration != NULL || e->calibration != NULL) return WEEG_FAULT_CALIBRATED;
  if (d->element != e->element) return WEEG_FAULT_CLUSTERS;
  if (strcmp(conventions_of(a), conventions_of(b)) != 0) return WEEG_FAULT_CONVENTIONS;
  if (common_sender(a, b) != NULL) return WEEG_FAULT_SENDER;
  if (d->lonely != e->lonely) return WEEG_FAULT_LONELY;
  if (!same_domain) return WEEG_FAULT_DOMAINS;
  if (d->psu_form != NULL || e->psu_form != NULL || d->psu_blocks != NULL || e->psu_blocks != NULL) return WEEG_FAULT_JOINT;
  if (d->pps != e->pps) return WEEG_FAULT_DRAWN;
  if ((d->stratum_fpc == NULL) != (e->stratum_fpc == NULL)) return WEEG_FAULT_ONE_FINITE;
  if ((find_note(a, "weights") == NULL) != (find_note(b, "weights") == NULL)) return WEEG_FAULT_ONE_WEIGHTED;
  if (weeg_i_frame_weighted_by_fpc(a) != weeg_i_frame_weighted_by_fpc(b)) return WEEG_FAULT_ONE_WEIGHTED_BY_FPC;
  if (replicates != WEEG_FAULT_NONE) return replicates;
  if (d->lonely_domain != e->lonely_domain) return WEEG_FAULT_LONELY_DOMAIN;
  if (d->given_df != e->given_df) return WEEG_FAULT_GIVEN_DF;
  return same_stages(a, b) ? WEEG_FAULT_NONE : WEEG_FAULT_STAGES;
}

weeg_status weeg_i_frame_check_alike(const frame_join *join, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const char *of_a = NULL, *of_b = NULL;
  WEEG_TRY(domain_text(join->scratch, &join->a->notes, &of_a, err));
  WEEG_TRY(domain_text(join->scratch, &join->b->notes, &of_b, err));
  const weeg_fault fault = find_difference(join->a, join->b, same_text(of_a, of_b));
  if (fault == WEEG_FAULT_NONE) goto cleanup;
  status = weeg_i_frame_refuse(err, fault);
  if (err != NULL && fault == WEEG_FAULT_SENDER) err->facts.subject = common_sender(join->a, join->b);
cleanup:
  return status;
}

static const char omitted_key[] = "omitted";

/* The note of the rows that were left out of both; none where that is said of neither. */
static weeg_status add_omitted(const frame_join *join, weeg_texts *notes, weeg_error *err) {
  enum { DIGITS = 24 };
  weeg_status status = WEEG_OK;
  char *text = NULL;
  const char *a = find_note(join->a, omitted_key), *b = find_note(join->b, omitted_key);
  if (a == NULL && b == NULL) return WEEG_OK;
  const long long of_a = a == NULL ? 0 : strtoll(a, NULL, 10), of_b = b == NULL ? 0 : strtoll(b, NULL, 10);
  FRAME_NEW(join->sum, text, (int64_t)sizeof omitted_key + DIGITS);
  memcpy(text, omitted_key, sizeof omitted_key);
  notes->text[notes->count++] = text;
  text += sizeof omitted_key;
  (void)snprintf(text, DIGITS, "%.0f", (double)of_a + (double)of_b);
  notes->text[notes->count++] = text;
cleanup:
  return status;
}

weeg_status weeg_i_frame_join_notes(const frame_join *join, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_texts *a = &join->a->notes, *b = &join->b->notes;
  const bool one_source = same_text(find_note(join->a, "data"), find_note(join->b, "data"));
  weeg_texts all = {0, NULL};
  FRAME_NEW(join->sum, all.text, (int64_t)a->count + b->count + 2);
  for (int32_t i = 0; i + 1 < a->count; i += 2) {
    if (strcmp(a->text[i], omitted_key) == 0 || (!one_source && strcmp(a->text[i], "data") == 0)) continue;
    all.text[all.count++] = a->text[i];
    all.text[all.count++] = a->text[i + 1];
  }
  for (int32_t i = 0; i + 1 < b->count; i += 2) {
    if (strcmp(b->text[i], "sender") != 0) continue;
    all.text[all.count++] = b->text[i];
    all.text[all.count++] = b->text[i + 1];
  }
  WEEG_TRY(add_omitted(join, &all, err));
  join->sum->frame.notes = all;
cleanup:
  return status;
}
