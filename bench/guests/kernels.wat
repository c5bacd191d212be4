;; Seven small programs that compute and call nothing outside. Each takes how much to do and gives a number that depends on
;; all of it. Memory: one mebibyte, which each kernel fills for itself before it uses it.
(module
  (memory 16)

  ;; Calls: the naive recursion.
  (func $fib (export "fib") (param $n i32) (result i64)
    (if (result i64) (i32.lt_u (local.get $n) (i32.const 2))
      (then (i64.extend_i32_u (local.get $n)))
      (else (i64.add
        (call $fib (i32.sub (local.get $n) (i32.const 1)))
        (call $fib (i32.sub (local.get $n) (i32.const 2)))))))

  ;; Bytes: the sieve of Eratosthenes below n, of at most a million.
  (func (export "sieve") (param $n i32) (result i64)
    (local $i i32) (local $j i32) (local $count i64)
    (memory.fill (i32.const 0) (i32.const 0) (local.get $n))
    (local.set $i (i32.const 2))
    (loop $next
      (if (i32.eqz (i32.load8_u (local.get $i)))
        (then
          (local.set $count (i64.add (local.get $count) (i64.const 1)))
          (local.set $j (i32.shl (local.get $i) (i32.const 1)))
          (block $marked
            (loop $mark
              (br_if $marked (i32.ge_u (local.get $j) (local.get $n)))
              (i32.store8 (local.get $j) (i32.const 1))
              (local.set $j (i32.add (local.get $j) (local.get $i)))
              (br $mark)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $count))

  ;; Floating point and memory: a product of two n by n matrices, of at most 128 by 128.
  (func (export "matrix") (param $n i32) (result i64)
    (local $i i32) (local $j i32) (local $k i32) (local $sum f64) (local $total f64)
    (loop $fill
      (f64.store (i32.shl (local.get $i) (i32.const 3))
        (f64.convert_i32_u (i32.rem_u (i32.mul (local.get $i) (i32.const 7)) (i32.const 101))))
      (f64.store offset=0x40000 (i32.shl (local.get $i) (i32.const 3))
        (f64.convert_i32_u (i32.rem_u (i32.mul (local.get $i) (i32.const 13)) (i32.const 103))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $fill (i32.lt_u (local.get $i) (i32.mul (local.get $n) (local.get $n)))))
    (local.set $i (i32.const 0))
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $columns
        (local.set $k (i32.const 0))
        (local.set $sum (f64.const 0))
        (loop $terms
          (local.set $sum (f64.add (local.get $sum) (f64.mul
            (f64.load (i32.shl (i32.add (i32.mul (local.get $i) (local.get $n)) (local.get $k)) (i32.const 3)))
            (f64.load offset=0x40000
              (i32.shl (i32.add (i32.mul (local.get $k) (local.get $n)) (local.get $j)) (i32.const 3))))))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br_if $terms (i32.lt_u (local.get $k) (local.get $n))))
        (local.set $total (f64.add (local.get $total) (local.get $sum)))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.get $j) (local.get $n))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $i) (local.get $n))))
    (i64.trunc_sat_f64_u (local.get $total)))

  ;; Integers: a cipher's quarter rounds over four words, n times.
  (func (export "rotate") (param $n i32) (result i64)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local.set $a (i32.const 0x61707865))
    (local.set $b (i32.const 0x3320646e))
    (local.set $c (i32.const 0x79622d32))
    (local.set $d (i32.const 0x6b206574))
    (loop $round
      (local.set $a (i32.add (local.get $a) (local.get $b)))
      (local.set $d (i32.rotl (i32.xor (local.get $d) (local.get $a)) (i32.const 16)))
      (local.set $c (i32.add (local.get $c) (local.get $d)))
      (local.set $b (i32.rotl (i32.xor (local.get $b) (local.get $c)) (i32.const 12)))
      (local.set $a (i32.add (local.get $a) (local.get $b)))
      (local.set $d (i32.rotl (i32.xor (local.get $d) (local.get $a)) (i32.const 8)))
      (local.set $c (i32.add (local.get $c) (local.get $d)))
      (local.set $b (i32.rotl (i32.xor (local.get $b) (local.get $c)) (i32.const 7)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $round (local.get $n)))
    (i64.or
      (i64.shl (i64.extend_i32_u (i32.xor (local.get $a) (local.get $c))) (i64.const 31))
      (i64.extend_i32_u (i32.xor (local.get $b) (local.get $d)))))

  ;; Branches: n words in disorder, of at most a quarter of a million, put in order by a shell sort.
  (func (export "sort") (param $n i32) (result i64)
    (local $i i32) (local $j i32) (local $gap i32) (local $value i32) (local $seed i32) (local $sum i64)
    (local.set $seed (i32.const 12345))
    (loop $fill
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1103515245)) (i32.const 12345)))
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (i32.shr_u (local.get $seed) (i32.const 8)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $fill (i32.lt_u (local.get $i) (local.get $n))))
    (local.set $gap (i32.shr_u (local.get $n) (i32.const 1)))
    (block $sorted
      (loop $gaps
        (br_if $sorted (i32.eqz (local.get $gap)))
        (local.set $i (local.get $gap))
        (loop $items
          (local.set $value (i32.load (i32.shl (local.get $i) (i32.const 2))))
          (local.set $j (local.get $i))
          (block $placed
            (loop $shift
              (br_if $placed (i32.lt_u (local.get $j) (local.get $gap)))
              (br_if $placed (i32.le_u
                (i32.load (i32.shl (i32.sub (local.get $j) (local.get $gap)) (i32.const 2)))
                (local.get $value)))
              (i32.store (i32.shl (local.get $j) (i32.const 2))
                (i32.load (i32.shl (i32.sub (local.get $j) (local.get $gap)) (i32.const 2))))
              (local.set $j (i32.sub (local.get $j) (local.get $gap)))
              (br $shift)))
          (i32.store (i32.shl (local.get $j) (i32.const 2)) (local.get $value))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $items (i32.lt_u (local.get $i) (local.get $n))))
        (local.set $gap (i32.shr_u (local.get $gap) (i32.const 1)))
        (br $gaps)))
    (local.set $i (i32.const 0))
    (loop $add
      (local.set $sum (i64.add
        (i64.mul (local.get $sum) (i64.const 3))
        (i64.load32_u (i32.shl (local.get $i) (i32.const 2)))))
      (local.set $i (i32.add (local.get $i) (i32.const 64)))
      (br_if $add (i32.lt_u (local.get $i) (local.get $n))))
    (i64.and (local.get $sum) (i64.const 0x7fffffffffffffff)))

  ;; Floating point in a tight loop that ends when it will: the Mandelbrot set on n by n points.
  (func (export "mandelbrot") (param $n i32) (result i64)
    (local $px i32) (local $py i32) (local $steps i32) (local $total i64)
    (local $cx f64) (local $cy f64) (local $x f64) (local $y f64) (local $xx f64) (local $yy f64)
    (loop $rows
      (local.set $px (i32.const 0))
      (local.set $cy (f64.sub
        (f64.div (f64.mul (f64.convert_i32_u (local.get $py)) (f64.const 3)) (f64.convert_i32_u (local.get $n)))
        (f64.const 1.5)))
      (loop $points
        (local.set $cx (f64.sub
          (f64.div (f64.mul (f64.convert_i32_u (local.get $px)) (f64.const 3)) (f64.convert_i32_u (local.get $n)))
          (f64.const 2)))
        (local.set $x (f64.const 0))
        (local.set $y (f64.const 0))
        (local.set $steps (i32.const 0))
        (block $escaped
          (loop $iterate
            (local.set $xx (f64.mul (local.get $x) (local.get $x)))
            (local.set $yy (f64.mul (local.get $y) (local.get $y)))
            (br_if $escaped (f64.gt (f64.add (local.get $xx) (local.get $yy)) (f64.const 4)))
            (local.set $y (f64.add
              (f64.mul (f64.mul (local.get $x) (local.get $y)) (f64.const 2))
              (local.get $cy)))
            (local.set $x (f64.add (f64.sub (local.get $xx) (local.get $yy)) (local.get $cx)))
            (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
            (br_if $iterate (i32.lt_u (local.get $steps) (i32.const 100)))))
        (local.set $total (i64.add (local.get $total) (i64.extend_i32_u (local.get $steps))))
        (local.set $px (i32.add (local.get $px) (i32.const 1)))
        (br_if $points (i32.lt_u (local.get $px) (local.get $n))))
      (local.set $py (i32.add (local.get $py) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $py) (local.get $n))))
    (local.get $total))

  ;; A byte at a time, with a table that says what comes next: counts words in n bytes of text, of at most a million.
  (type $step (func (param i32) (result i32)))
  (table funcref (elem $outside $inside))
  (global $words (mut i64) (i64.const 0))
  (func $outside (param $byte i32) (result i32)
    (if (result i32) (i32.eq (local.get $byte) (i32.const 32))
      (then (i32.const 0))
      (else
        (global.set $words (i64.add (global.get $words) (i64.const 1)))
        (i32.const 1))))
  (func $inside (param $byte i32) (result i32) (i32.ne (local.get $byte) (i32.const 32)))
  (func (export "scan") (param $n i32) (result i64)
    (local $i i32) (local $state i32) (local $seed i32)
    (global.set $words (i64.const 0))
    (local.set $seed (i32.const 99))
    (loop $next
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store8 (local.get $i)
        (select (i32.const 32) (i32.const 97) (i32.lt_u (local.get $seed) (i32.const 0x30000000))))
      (local.set $state
        (call_indirect (type $step) (i32.load8_u (local.get $i)) (local.get $state)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (global.get $words)))
