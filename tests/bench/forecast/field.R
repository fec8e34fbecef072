# Month-end projections by R's `forecast` package, for the series that `bench_forecast series` wrote.
#
#   Rscript field.R SERIES.csv FIELD.csv METHOD[,METHOD...] [EVERY]
#
# METHOD: ets thetaf snaive auto.arima; with EVERY = 6, only every sixth series.
# Writes id,as_of_day,method,remaining,low80,high80,low95,high95,path_mae: the sum of the days that
# remain, its intervals (none for auto.arima), and the mean absolute error of the days' path.
# A sum is never below zero, for every method alike. Intervals of a sum are not sums of the days'
# intervals: ets simulates its own model; thetaf and snaive have a variance in closed form.
suppressPackageStartupMessages(library(forecast))

arguments <- commandArgs(trailingOnly = TRUE)
methods <- strsplit(arguments[3], ",")[[1]]
every <- if (length(arguments) > 3) as.integer(arguments[4]) else 1L
paths <- 500

normal_sum <- function(path, deviation) {
  sum <- sum(path)
  c(sum, sum + deviation * qnorm(c(0.1, 0.9, 0.025, 0.975)))
}

by_ets <- function(y, h) {
  fit <- ets(y)
  sums <- replicate(paths, sum(simulate(fit, nsim = h, future = TRUE)))
  path <- as.numeric(forecast(fit, h = h, PI = FALSE)$mean)
  list(path = path, sum = c(sum(path), quantile(sums, c(0.1, 0.9, 0.025, 0.975), names = FALSE)))
}

by_thetaf <- function(y, h) {
  fit <- thetaf(y, h = h)
  path <- as.numeric(fit$mean)
  steps <- 1 + (h - seq_len(h)) * fit$model$alpha
  # The innovations' variance from the width of the first day's interval.
  sigma <- as.numeric(fit$upper[1, 1] - fit$lower[1, 1]) / 2 / qnorm(0.5 + fit$level[1] / 200)
  list(path = path, sum = normal_sum(path, sigma * sqrt(sum(steps^2))))
}

by_snaive <- function(y, h) {
  fit <- snaive(y, h = h)
  path <- as.numeric(fit$mean)
  repeats <- table((seq_len(h) - 1) %% 7)
  variance <- sum(sapply(repeats, function(k) sum(seq_len(k)^2)))
  sigma <- sqrt(mean(residuals(fit)^2, na.rm = TRUE))
  list(path = path, sum = normal_sum(path, sigma * sqrt(variance)))
}

by_arima <- function(y, h) {
  path <- as.numeric(forecast(auto.arima(y), h = h)$mean)
  list(path = path, sum = c(sum(path), NA, NA, NA, NA))
}

functions <- list(ets = by_ets, thetaf = by_thetaf, snaive = by_snaive, auto.arima = by_arima)

# A file that is there already is completed: rows in it are not made again. The series are taken
# in strides of `stride`, so that a part of the file is a fair sample, too.
stride <- 7
out_path <- arguments[2]
header <- "id,as_of_day,method,remaining,low80,high80,low95,high95,path_mae"
if (!file.exists(out_path)) writeLines(header, out_path)
done <- sub("^([^,]*,[^,]*,[^,]*),.*", "\\1", readLines(out_path)[-1])
lines <- readLines(arguments[1])
indexes <- seq(1, length(lines), by = every)
indexes <- indexes[order((indexes - 1) %% stride, indexes)]

out <- file(out_path, "a")
for (index in indexes) {
  fields <- strsplit(lines[index], ",")[[1]]
  month_at <- as.integer(fields[2])  # days before the month
  values <- as.numeric(fields[-(1:2)])
  for (day in c(7, 14, 21)) {
    known <- month_at + day
    h <- length(values) - known
    y <- ts(values[seq_len(known)], frequency = 7)
    for (method in methods) {
      if (paste(fields[1], day, method, sep = ",") %in% done) next
      set.seed(20261126 + 100 * index + day)
      result <- functions[[method]](y, h)
      error <- mean(abs(result$path - values[known + seq_len(h)]))
      writeLines(paste(c(fields[1], day, method, sprintf("%.6f", pmax(result$sum, 0)),
                         sprintf("%.6f", error)), collapse = ","), out)
    }
  }
  flush(out)
}
close(out)
