# Groups without a variance of their own: all rows in one PSU, or in strata of one. See weeg_own_variance() in weeg.h.

# place: the domain of each cell of the tally, from 0, or -1. Whether each has a variance.
own_variance <- function(tally, place, count) checked(.Call(C_own_variance, tally, as.integer(place), as.integer(count)))

# Whether the groups of a table have one, by their rows with an answer.
groups_with_variance <- function(table) {
  places <- table$places
  own_variance(table$tally, ifelse(places$level < 0L, -1L, places$group), places$groups)
}

# Names of the groups and levels for which a table has no variance.
names_alone <- function(tally, places, groups, levels) c(groups, levels)[checked(.Call(C_levels_alone, tally, places))]

# The reason for which a test of groups does not exist, with the names of those for which that is.
name_alone <- function(found, names) {
  if (!reason_is(found$reason, "no-variance") || length(names) == 0L) return(found)
  shown <- names[seq_len(min(3L, length(names)))]
  rest <- length(names) - length(shown)
  found$reason <- paste0(found$reason, ". Leave out or combine: ", paste(shown, collapse = ", "),
                         if (rest > 0L) paste0(" and ", format_count(rest), " more"))
  found
}
