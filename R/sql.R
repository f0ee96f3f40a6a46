# Tallies made inside databases: a query gives, for each unit and cell, how many rows there are and the sums of parts of their
# weights, all as doubles that are whole numbers, so that no order of addition changes them. weeg_part_sums in weeg.h says what
# these parts are.

# E: weights up to this one are below 2^E, a power of 2^16.
sum_exponent <- function(max_weight) .Call(C_sum_exponent, as.double(max_weight))

# How weights are cut, so that no sum of `rows` of them, and of their squares (element), passes 2^53: as few parts as that takes.
# They are between `smallest` and `largest`; 0 for what is not known of the smallest. list(parts; bits of each; lowest, the
# exponent of the last part's unit; floor: whether weights have bits below that, which a tally does not count).
cut_weights <- function(largest, smallest, rows, element) {
  unit <- sum_exponent(largest) - 86L
  end <- lowest_bit(smallest)
  lowest <- max(end, unit)
  bits <- max(above_bit(largest) - lowest, 1)
  rows <- min(max(rows, 1), 2^29) # more are refused
  fits <- function(parts) {
    b <- ceiling(bits / parts)
    if (element) rows * parts * 4^b <= 2^53 else rows * 2^b <= 2^53
  }
  parts <- 1L
  while (!fits(parts)) parts <- parts + 1L
  list(parts = parts, bits = as.integer(ceiling(bits / parts)), lowest = as.integer(lowest), floor = end < unit)
}

# 2^above_bit(x) is above x, which has no bits below 2^lowest_bit(x).
above_bit <- function(x) if (x > 0) binade(x) + 1 else -1074
lowest_bit <- function(x) if (x > 0) max(binade(x) - 52, -1074) else -1074

# The exponent of the largest power of two that is not above x; log2() is rounded.
binade <- function(x) {
  e <- floor(log2(x))
  e + (x >= 2^(e + 1)) - (x < 2^e)
}

# The names of the sums.
part_sums <- function(cut, element) {
  c(paste0("s", seq_len(cut$parts)), if (element) paste0("q", seq_len(2L * cut$parts - 1L)))
}

# The sums as the entries of a tally, with the bytes of those that are made of rows. unit, cell: from 0. sums: a list of columns,
# as part_sums() names them; NULL where there are no weights. Rows for one unit and cell are added up. values: of measures, a list
# of numbers that all rows of a sum have alike; largest: the largest first part of their weights. NULL where the sums of these do
# not follow exactly from those of weights.
entries_of_sums <- function(unit, cell, n, sums, cut, element, max_weight, units, cells, values = NULL, largest = NULL) {
  sums <- if (!is.null(sums)) unname(lapply(sums, as.double))
  cut <- if (is.null(sums)) integer(3L) else unlist(cut[c("parts", "bits", "lowest")], use.names = FALSE)
  checked(.Call(C_tally_from_sums, as.integer(unit), as.integer(cell), as.double(n), sums, cut, element,
                if (is.null(sums)) 1 else as.double(max_weight), as.integer(units), as.integer(cells),
                if (length(values) > 0L) lapply(unname(values), as.double), largest))
}
