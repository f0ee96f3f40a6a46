# Which counts of a release must not be shown. The attacker knows every count that is shown, and asks of each count that is not
# how small and how large it can be. A hidden count is safe when there are tables that agree with everything shown in which
# it is 0, and others in which it is threshold - 1 or more. Such tables are found by linear programming, and checked here:
# they prove the promise, whatever the solver does. Where there is none, the cheapest change of shown counts that makes one
# says which of these must be hidden too. The greedy search hides more than it must: at its end, the figures about the most
# respondents are shown again where that is safe.

# A system: `atoms`, the number of cells that all counts are sums of; `figure` and `atom`, pairs of a count and an atom in it;
# `n`, the counts; `table`, atoms that give them all (NULL: linear programs answer every question); `cost` of hiding each;
# `known_row`, `known_atom`, `known_sign` and `known`, sums that the attacker is taken to know besides; `hidden`, TRUE for each
# count that is to be hidden anyway; `large`, TRUE for each of which it is no secret that it is not small, NULL: none. Gives
# TRUE for each count to hide. Counts may be sums of weights.
hide_counts <- function(system, threshold) {
  if (!any(system$hidden)) return(system$hidden)
  need_package("lpSolve", "to find which figures must be suppressed")
  systems <- lapply(assumed_systems(system), with_reach)
  states <- lapply(systems, function(one) {
    count <- length(system$n)
    list(hidden = system$hidden, asked = one$asked, low = logical(count), high = logical(count), alike = seq_len(count))
  })
  hidden <- NULL
  while (!identical(hidden, states[[1L]]$hidden)) {
    hidden <- states[[1L]]$hidden
    for (i in seq_along(systems)) {
      states[[i]]$hidden <- states[[max(1L, i - 1L)]]$hidden
      states[[i]] <- hide_more(systems[[i]], states[[i]], threshold)
      for (target in states[[i]]$passed) {
        for (case in cases_for(systems, target, threshold)) states[[case]]$asked[target] <- TRUE
      }
      states[[i]]$passed <- NULL
    }
    states[[1L]]$hidden <- states[[length(states)]]$hidden
  }
  show_again(systems, states, threshold)
}

hide_more <- function(system, state, threshold) {
  while (!is.null(system$reach)) {
    found <- checked(.Call(C_reach_next, system$reach, state$hidden, asked_of(system, state), known_rows(system, state),
                           threshold - 1))
    if (is.na(found)) break
    if (found == 0L) return(state)
    target <- abs(found)
    state$low[target] <- found > 0L
    state$high[target] <- found < 0L
    state <- hide_for(system, state, threshold, target)
  }
  state <- proved_still(system, state, threshold)
  state <- seen_together(system, state, threshold, low = TRUE)
  state <- seen_together(system, state, threshold, low = FALSE)
  repeat {
    pending <- pending_counts(state)
    if (length(pending) == 0L) return(state)
    state <- hide_for(system, state, threshold, pending[length(pending)])
  }
}

# Hidden counts that are not proved safe yet.
pending_counts <- function(state) which(state$hidden & !(state$low & state$high))

# ---- what no row shows ------------------------------------------------------------------------------------------------

# Somebody may know in which class of another column a level lies that no row has. So all must be safe in each case: list(the
# system without the cells that there are in some cases only, then for each case that with its cells), each with `asked`, the
# counts that are to be proved in it. A table without such cells agrees in all cases. Counts of such cells alone are asked
# about in each case; of those that cannot be told apart by what may be shown, in one.
assumed_systems <- function(system) {
  some <- which(lengths(system$assumed) > 0L)
  if (length(some) == 0L) return(list(system))
  texts <- vapply(system$assumed[some], text_key, "")
  cells <- split(some, texts)
  cases <- lapply(cells, function(at) system$assumed[[at[1L]]])
  by_part <- split(rep(names(cases), lengths(cases)), unlist(cases, use.names = FALSE))
  # the cases that assume no more than one
  within <- lapply(cases, function(case) Filter(function(x) all(cases[[x]] %in% case), unique(unlist(by_part[case]))))
  sometimes <- system$atom %in% some
  loose <- setdiff(system$figure[sometimes], system$figure[!sometimes])
  of <- which(sometimes & system$figure %in% loose)
  of_count <- split(texts[match(system$atom[of], some)], system$figure[of])
  of_count <- lapply(of_count, function(x) Filter(function(case) sum(within[[case]] %in% x) == 1L, unique(x)))
  of_case <- split(rep(as.integer(names(of_count)), lengths(of_count)), unlist(of_count, use.names = FALSE))
  atoms <- split(system$atom[of], system$figure[of])
  kind <- atom_kinds(system)
  always <- rep(TRUE, system$atoms)
  always[some] <- FALSE
  seen <- character()
  number <- integer() # of the system of cases that are alike
  alike <- character()
  systems <- list(some_atoms(system, always, !seq_along(system$n) %in% loose))
  for (case in names(of_case)) {
    inside <- unlist(cells[within[[case]]], use.names = FALSE)
    kinds <- lapply(atoms[as.character(of_case[[case]])], function(x) sort(kind[x[x %in% inside]]))
    alike[case] <- text_key(sort(kind[inside]))
    key <- paste(alike[case], vapply(kinds, text_key, ""))
    counts <- of_case[[case]][!duplicated(key) & !key %in% seen]
    seen <- c(seen, key)
    if (length(counts) == 0L) next
    number[alike[case]] <- length(systems) + 1L
    systems <- c(systems, list(some_atoms(system, replace(always, inside, TRUE), seq_along(system$n) %in% counts, TRUE)))
  }
  systems[[1L]]$cases <- unique(lapply(unname(of_count), function(x) unique(unname(number[alike[x]]))))
  systems
}

# Cells that are in the same counts, of those that may be shown, and known sums can change places.
atom_kinds <- function(system) {
  shown <- !system$hidden[system$figure]
  of <- c(system$atom[shown], system$known_atom)
  what <- c(system$figure[shown], paste(system$known_row, system$known_sign))
  at <- order(of, what)
  kinds <- split(what[at], of[at])
  key <- rep("", system$atoms)
  key[as.integer(names(kinds))] <- vapply(kinds, paste, "", collapse = ";")
  key
}

some_atoms <- function(system, which, asked, one_case = FALSE) {
  number <- cumsum(which)
  pair <- which[system$atom]
  known <- which[system$known_atom]
  system$atoms <- sum(which)
  system$figure <- system$figure[pair]
  system$atom <- number[system$atom[pair]]
  rows <- sort(unique(system$known_row[known])) # the solver knows no empty ones
  system$known_row <- match(system$known_row[known], rows)
  system$known <- system$known[rows]
  system$own_rows <- sum(rows <= system$own_rows)
  system$known_sign <- system$known_sign[known]
  system$known_atom <- number[system$known_atom[known]]
  system$table <- system$table[which]
  system$asked <- asked
  system$one_case <- one_case
  system
}

# ---- showing again ---------------------------------------------------------------------------------------------------

# What a release loses is the respondents in its hidden counts: a share's information is their number. Nine tenths of what can be
# won back is in the first ten counts tried (bench/protect.R); each further one costs linear programs.
most_tries <- 10L

show_again <- function(systems, states, threshold) {
  hidden <- states[[1L]]$hidden
  further <- which(hidden & !systems[[1L]]$hidden)
  tries <- 0L
  for (count in further[order(-systems[[1L]]$n[further])]) {
    if (!hidden[count]) next
    if (tries == most_tries) break
    tries <- tries + 1L
    shown <- list()
    for (i in seq_along(systems)) {
      change <- if (i == 1L) count else which(hidden & !shown[[1L]]$hidden)
      one <- show_count(systems[[i]], states[[i]], threshold, change)
      if (is.null(one)) break
      shown[[i]] <- one
    }
    if (length(shown) < length(systems)) next
    states <- shown
    hidden <- states[[1L]]$hidden
  }
  hidden
}

# Shows a count, and with it others that then follow from what is shown, as the second of two answers does. NULL where one that
# must be hidden would not be safe. Counts that have cells in common with it are asked about first: they are the likely ones.
show_count <- function(system, state, threshold, count) {
  state$hidden[count] <- FALSE
  if (!is.null(system$reach)) {
    must <- system$hidden | isTRUE(system$one_case)
    found <- checked(.Call(C_reach_show, system$reach, state$hidden, asked_of(system, state), must, known_rows(system, state),
                           threshold - 1))
    if (isFALSE(found)) return(NULL)
    if (!anyNA(found)) {
      state$hidden[] <- found
      return(state)
    }
  }
  state <- proved_still(system, state, threshold)
  near <- tabulate(system$figure[system$atom %in% system$atom[system$figure %in% count]], length(system$n))
  repeat {
    pending <- pending_counts(state)
    if (length(pending) == 0L) return(state)
    target <- pending[which.max(near[pending])]
    low <- !state$low[target]
    rows <- target_rows(system, shown_rows(system, state), target, if (low) "=" else ">=", if (low) 0 else threshold - 1)
    table <- solved_table(system, "min", numeric(system$atoms), rows)
    if (!is.null(table)) {
      state <- prove(system, state, threshold, table)
      if (!(if (low) state$low else state$high)[target]) return(NULL) # not solved accurately enough
    } else if (system$hidden[target] || isTRUE(system$one_case)) {
      return(NULL)
    } else {
      state$hidden[target] <- FALSE
      state <- proved_still(system, state, threshold)
    }
  }
}

# What is proved by the counts themselves, and by those tables found so far that agree with all that is shown now.
proved_still <- function(system, state, threshold) {
  shown <- !state$hidden
  agrees <- vapply(state$tables, function(counts) all(abs(counts[shown] - system$n[shown]) <= proof_tolerance), NA)
  state$tables <- state$tables[agrees]
  state$alike <- alike_counts(system, state$hidden)
  state$low <- state$high <- if (is.null(state$asked)) logical(length(system$n)) else !state$asked
  if (!is.null(system$large)) state$low <- state$high <- state$low | system$large
  for (counts in c(list(system$n), state$tables)) state <- prove_counts(state, threshold, counts)
  state
}

# Hidden counts of one cell whose cells are in the same shown counts and known sums: cells that change places in a table make
# another that agrees as well, so that what is proved of one is proved of all. The number of the first count of its kind.
alike_counts <- function(system, hidden) {
  alike <- seq_along(system$n)
  single <- which(hidden & tabulate(system$figure, length(system$n)) == 1L)
  if (length(single) == 0L) return(alike)
  atom <- system$atom[match(single, system$figure)]
  rows <- shown_rows(system, list(hidden = hidden))
  at <- which(rows$column %in% atom)
  at <- at[order(rows$column[at], rows$row[at], rows$coefficient[at])]
  signs <- unique(rows$coefficient)
  sum <- length(signs) * rows$row[at] + match(rows$coefficient[at], signs)
  first <- match(atom, rows$column[at])
  count <- tabulate(rows$column[at], system$atoms)[atom]
  # atoms in the same sums so far have one number
  kind <- rep(1L, length(atom))
  for (k in seq_len(max(count))) {
    next_sum <- ifelse(count >= k, sum[first + k - 1L], 0)
    keys <- kind * (length(signs) * (length(rows$value) + 2)) + next_sum
    kind <- match(keys, keys)
  }
  alike[single] <- single[kind]
  alike
}

# ---- many questions about one system ----------------------------------------------------------------------------------

# The core finds out which counts are safe, and proves it, without a linear program for each: a system with `reach`. There is
# none where the system is too large for that, or no table is known to begin with.
with_reach <- function(system) {
  if (is.null(system$table)) return(system)
  whole <- lapply(c(atoms = "atoms", figure = "figure", atom = "atom", known_row = "known_row", known_atom = "known_atom"),
                  function(what) as.integer(system[[what]]))
  real <- lapply(c(n = "n", known_sign = "known_sign", known = "known", table = "table"),
                 function(what) as.double(system[[what]]))
  system$reach <- checked(.Call(C_reach_make, c(whole, real)))
  system
}

# The counts that must be safe in a system, if they are hidden.
asked_of <- function(system, state) {
  asked <- if (is.null(state$asked)) rep(TRUE, length(system$n)) else state$asked
  if (is.null(system$large)) asked else asked & !system$large
}

known_rows <- function(system, state) as.integer(if (isTRUE(state$apart)) system$own_rows else length(system$known))

# ---- linear programs -------------------------------------------------------------------------------------------------

# Many counts at once: as many as possible 0, or threshold - 1, with nothing more hidden, again and again while that helps.
seen_together <- function(system, state, threshold, low) {
  repeat {
    pending <- which(state$hidden & !(if (low) state$low else state$high))
    if (length(pending) == 0L) return(state)
    pending <- pending[!duplicated(state$alike[pending])]
    rows <- shown_rows(system, state)
    table <- if (low) all_small(system, rows, pending) else all_large(system, rows, pending, threshold)
    before <- sum(state$low) + sum(state$high)
    if (!is.null(table)) state <- prove(system, state, threshold, table)
    if (sum(state$low) + sum(state$high) == before) return(state)
  }
}

all_small <- function(system, rows, pending) {
  inside <- system$figure %in% pending
  objective <- tabulate(system$atom[inside], nbins = system$atoms)
  solved_table(system, "min", objective, rows)
}

# The most of min(count, threshold - 1): a variable for each, at most the count and at most that.
all_large <- function(system, rows, pending, threshold) {
  count <- length(pending)
  capped <- system$atoms + seq_len(count)
  inside <- system$figure %in% pending
  rows <- add_rows(rows, c(match(system$figure[inside], pending), seq_len(count)), c(system$atom[inside], capped),
                   c(rep(1, sum(inside)), rep(-1, count)), ">=", rep(0, count))
  rows <- add_rows(rows, seq_len(count), capped, rep(1, count), "<=", rep(threshold - 1, count))
  solved_table(system, "max", c(rep(0, system$atoms), rep(1, count)), rows)
}

# Makes one count 0, or threshold - 1, at the least cost of shown counts that change, and hides those.
hide_for <- function(system, state, threshold, target) {
  low <- !state$low[target]
  shown <- which(!state$hidden)
  rows <- shown_rows(system, state)
  more <- system$atoms + seq_along(shown)
  less <- length(shown) + more
  at <- seq_along(shown)
  rows <- c(list(row = c(rows$row, at, at), column = c(rows$column, more, less),
                 coefficient = c(rows$coefficient, rep(c(1, -1), each = length(shown)))), rows[c("type", "value")])
  rows <- target_rows(system, rows, target, "=", if (low) 0 else threshold - 1)
  table <- solved_table(system, "min", c(rep(0, system$atoms), rep(system$cost[shown], 2L)), rows)
  if (is.null(table)) return(without_table(system, state, threshold, target))
  changed <- abs(counts_of(system, table) - system$n) > proof_tolerance
  state$hidden <- state$hidden | changed
  if (is.null(system$reach)) state$alike <- alike_counts(system, state$hidden)
  state <- prove(system, state, threshold, table)
  if (!(if (low) state$low else state$high)[target]) {
    abort("numeric", "the linear program that protects the figures was not solved accurately enough")
  }
  state
}

# A count that cannot be so without cells that there are in some cases only is to be proved in all cases of one of these. A case
# that cannot be by what is known besides is asked about without what is the same in two blocks, and then not at all.
without_table <- function(system, state, threshold, target) {
  if (is.null(system$asked)) no_program()
  if (system$one_case && !isTRUE(state$apart) && any(system$known_row > system$own_rows)) {
    state$apart <- TRUE
    return(hide_for(system, state, threshold, target))
  }
  if (!system$one_case) state$passed <- c(state$passed, target)
  state$asked[target] <- FALSE
  state$low[target] <- state$high[target] <- TRUE
  state
}

no_program <- function() abort("numeric", "the linear program that protects the figures could not be solved")

# The numbers of the systems of all cases of a count, in each of which another can be 0, and threshold - 1, by what is known.
cases_for <- function(systems, target, threshold) {
  can <- function(system) {
    rows <- shown_rows(system, list(hidden = rep(TRUE, length(system$n)), apart = TRUE))
    least <- solved_table(system, "min", numeric(system$atoms), target_rows(system, rows, target, "=", 0))
    most <- solved_table(system, "min", numeric(system$atoms), target_rows(system, rows, target, ">=", threshold - 1))
    !is.null(least) && !is.null(most)
  }
  for (cases in systems[[1L]]$cases) if (all(vapply(systems[cases], can, NA))) return(cases)
  no_program()
}

# The shown counts, then what is known besides, as rows of a linear program.
shown_rows <- function(system, state) {
  number <- cumsum(!state$hidden)
  number[state$hidden] <- NA
  row <- number[system$figure]
  used <- !is.na(row)
  shown <- sum(!state$hidden)
  rows <- list(row = row[used], column = system$atom[used], coefficient = rep(1, sum(used)), type = rep("=", shown),
               value = system$n[!state$hidden])
  known <- known_of(system, state)
  add_rows(rows, known$row, known$atom, known$sign, "=", known$value)
}

known_of <- function(system, state) {
  rows <- known_rows(system, state)
  of <- system$known_row <= rows
  list(row = system$known_row[of], atom = system$known_atom[of], sign = system$known_sign[of],
       value = system$known[seq_len(rows)])
}

target_rows <- function(system, rows, target, type, value) {
  of <- system$atom[system$figure == target]
  add_rows(rows, rep(1L, length(of)), of, rep(1, length(of)), type, value)
}

add_rows <- function(rows, row, column, coefficient, type, value) {
  list(row = c(rows$row, length(rows$value) + row), column = c(rows$column, column),
       coefficient = c(rows$coefficient, coefficient), type = c(rows$type, rep(type, length(value))),
       value = c(rows$value, value))
}

# The atoms of a solution; NULL where there is none.
solved_table <- function(system, direction, objective, rows) {
  if (length(rows$value) == 0L) return(rep(0, system$atoms)) # nothing is shown
  cells <- cbind(rows$row, rows$column, rows$coefficient)
  if (all(cells == round(cells))) storage.mode(cells) <- "integer" # lp() counts rows by factor(), which takes long for doubles
  found <- stoppable(system$atoms, function() {
    lpSolve::lp(direction, objective, const.dir = rows$type, const.rhs = rows$value,
                dense.const = cells)
  })
  if (found$status == 0L) found$solution[seq_len(system$atoms)]
}

# The solver hears no Ctrl-C. A program of so many variables may take it a second, and is solved in a process that can be ended;
# where there is none to be had, here.
long_program <- 2000L

stoppable <- function(size, solve) {
  if (size < long_program || .Platform$OS.type == "windows" || is_fork()) return(solve())
  found <- in_forks(list(solve))[[1L]]
  if (is.list(found)) found else solve()
}

counts_of <- function(system, table) sum_by(table[system$atom], system$figure, length(system$n))

sum_by <- function(x, at, count) {
  if (length(at) == 0L) return(numeric(count))
  sums <- rowsum(x, at, reorder = FALSE)
  total <- numeric(count)
  total[as.integer(rownames(sums))] <- sums
  total
}

# Far below a respondent, far above the rounding of the solver.
proof_tolerance <- 1e-6

# What a table proves, if it agrees with all that is shown and known.
prove <- function(system, state, threshold, table) {
  counts <- counts_of(system, table)
  known <- known_of(system, state)
  sums <- sum_by(known$sign * table[known$atom], known$row, length(known$value))
  agrees <- all(table >= -proof_tolerance) && all(abs(sums - known$value) <= proof_tolerance) &&
    all(state$hidden | abs(counts - system$n) <= proof_tolerance)
  if (!agrees) return(state)
  state$tables <- c(state$tables, list(counts))
  prove_counts(state, threshold, counts)
}

prove_counts <- function(state, threshold, counts) {
  state$low <- state$low | state$alike %in% state$alike[counts <= proof_tolerance]
  state$high <- state$high | state$alike %in% state$alike[counts >= threshold - 1 - proof_tolerance]
  state
}
