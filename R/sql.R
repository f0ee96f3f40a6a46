# Tallies made inside databases: a query gives, for each unit and cell, how many rows there are and the sums of parts of their
# weights, all as doubles that are whole numbers, so that no order of addition changes them. weeg_part_sums in weeg.h says what
# these parts are.

# E: weights up to this one are below 2^E, a power of 2^16. Parts are cut from weight * 2^(20 - E).
sum_exponent <- function(max_weight) .Call(C_sum_exponent, as.double(max_weight))

# The sums as the entries of a tally, with the bytes of those that are made of rows. unit, cell: from 0. sums: a list of 4
# columns, of 18 without clusters (element); NULL where there are no weights. Rows for one unit and cell are added up.
entries_of_sums <- function(unit, cell, n, sums, element, max_weight, units, cells) {
  sums <- if (!is.null(sums)) unname(lapply(sums, as.double))
  checked(.Call(C_tally_from_sums, as.integer(unit), as.integer(cell), as.double(n), sums, element,
                if (is.null(sums)) 1 else as.double(max_weight), as.integer(units), as.integer(cells)))
}
