# Outliers by R's `forecast::tsoutliers`, for the series that `bench_anomaly series` wrote.
#
#   Rscript field.R SERIES.csv FIELD.csv
#
# Writes id,day,distance: the day counted from 0, and how far it lies from what tsoutliers would put
# in its place. It sees the whole series, the days to come as well.
suppressPackageStartupMessages(library(forecast))

arguments <- commandArgs(trailingOnly = TRUE)
out <- file(arguments[2], "w")
writeLines("id,day,distance", out)
for (line in readLines(arguments[1])) {
  fields <- strsplit(line, ",")[[1]]
  values <- as.numeric(fields[-1])
  found <- tsoutliers(ts(values, frequency = 7))
  for (n in seq_along(found$index)) {
    at <- found$index[n]
    writeLines(sprintf("%s,%d,%.6f", fields[1], at - 1L, values[at] - found$replacements[n]), out)
  }
}
close(out)
