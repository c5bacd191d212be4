/** One module for each family of instructions, with a call of it; `engine` names what an older one may lack. */
export interface Family {
  readonly name: string;
  readonly wat: string;
  readonly call: readonly [name: string, ...args: readonly unknown[]];
  readonly result: unknown;
  /** Worked out by hand from docs/fuel.md. */
  readonly fuel: number;
  readonly optional?: boolean;
}

export const families: readonly Family[] = [
  {
    name: "integers, with a division and a remainder",
    wat: `(module (func (export "f") (param i32 i64) (result i64)
      (i64.add (i64.extend_i32_u (i32.div_u (local.get 0) (i32.const 3)))
               (i64.rem_s (local.get 1) (i64.const 7)))))`,
    call: ["f", 30, 20n],
    result: 16n,
    fuel: 3 * 2 + 8 + 8,
  },
  {
    name: "floating point, and conversions that saturate",
    wat: `(module (func (export "f") (param f64) (result i32)
      (i32.add (i32.trunc_sat_f64_s (f64.mul (local.get 0) (f64.const 2)))
               (i32.trunc_sat_f32_u (f32.demote_f64 (local.get 0))))))`,
    call: ["f", 3.5],
    result: 10,
    fuel: 8,
  },
  {
    name: "sign extensions",
    wat: `(module (func (export "f") (param i32) (result i32) (i32.extend8_s (local.get 0))))`,
    call: ["f", 255],
    result: -1,
    fuel: 2,
  },
  {
    name: "loads and stores",
    wat: `(module (memory 1) (func (export "f") (result i32)
      (i32.store offset=300 (i32.const 8) (i32.const 77)) (i32.load8_u offset=308 (i32.const 0))))`,
    call: ["f"],
    result: 77,
    fuel: 5,
  },
  {
    name: "globals, of which some are imported by nobody",
    wat: `(module (global $a (mut i32) (i32.const 5)) (global $b i32 (i32.const 7))
      (export "b" (global $b))
      (func (export "f") (result i32) (global.set $a (i32.add (global.get $a) (global.get $b))) (global.get $a)))`,
    call: ["f"],
    result: 12,
    fuel: 5,
  },
  {
    name: "a loop",
    wat: `(module (func (export "f") (param $n i32) (result i32) (local $sum i32)
      (loop $next
        (local.set $sum (i32.add (local.get $sum) (local.get $n)))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))`,
    call: ["f", 100],
    result: 5050,
    fuel: 100 * 9 + 1,
  },
  {
    name: "arms of an if",
    wat: `(module (func (export "f") (param i32) (result i32)
      (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (i32.const 2))) (else (i32.const 9)))))`,
    call: ["f", 0],
    result: 9,
    fuel: 2 + 1,
  },
  {
    name: "a jump table",
    wat: `(module (func (export "f") (param i32) (result i32)
      (block $a (block $b (block $c (br_table $a $b $c (local.get 0))) (return (i32.const 1)))
        (return (i32.add (i32.const 1) (i32.const 1)))) (i32.const 3)))`,
    call: ["f", 1],
    result: 2,
    fuel: 2 + 4,
  },
  {
    name: "calls, also of what is reached through a table",
    wat: `(module (type $t (func (param i32) (result i32))) (table funcref (elem $twice))
      (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (func (export "f") (result i32)
        (call_indirect (type $t) (call $twice (i32.const 21)) (i32.const 0))))`,
    call: ["f"],
    result: 84,
    fuel: 1 + 4 + 3 + 1 + 8 + 3,
  },
  {
    name: "several results, and blocks with parameters",
    wat: `(module
      (func $two (param i32) (result i32 i32) (if (local.get 0) (then (return (i32.const 1) (i32.const 2))))
        (i32.const 3) (i32.const 4))
      (func (export "f") (result i32)
        (call $two (i32.const 1))
        (block (param i32 i32) (result i32) (i32.add))))`,
    call: ["f"],
    result: 3,
    fuel: 1 + 4 + (2 + 3) + 1,
  },
  {
    name: "ranges of memory",
    wat: `(module (memory 1) (data $d "0123456789abcdef")
      (func (export "f") (result i32)
        (memory.fill (i32.const 64) (i32.const 7) (i32.const 800))
        (memory.copy (i32.const 4096) (i32.const 64) (i32.const 80))
        (memory.init $d (i32.const 0) (i32.const 0) (i32.const 16))
        (data.drop $d)
        (i32.load8_u (i32.const 4100))))`,
    call: ["f"],
    result: 7,
    fuel: 3 * (3 + 16) + 100 + 10 + 2 + 4 + 2,
  },
  {
    name: "a memory that grows",
    wat: `(module (memory 1 5) (func (export "f") (result i32)
      (drop (memory.grow (i32.const 3))) (memory.size)))`,
    call: ["f"],
    result: 4,
    fuel: 1 + 1000 + 3 * 1024 + 1 + 1,
  },
  {
    name: "ranges of tables, and references",
    wat: `(module (table $t 4 20 funcref) (elem $e func $g $g) (elem declare func $g)
      (func $g)
      (func (export "f") (result i32)
        (table.init $e (i32.const 0) (i32.const 0) (i32.const 2))
        (table.copy (i32.const 2) (i32.const 0) (i32.const 2))
        (table.fill (i32.const 0) (ref.null func) (i32.const 2))
        (elem.drop $e)
        (table.set (i32.const 1) (ref.func $g))
        (drop (table.grow (ref.null func) (i32.const 5)))
        (i32.add (table.size) (ref.is_null (table.get (i32.const 0))))))`,
    call: ["f"],
    result: 10,
    fuel: 3 * (3 + 16 + 2 * 4) + 4 + (1 + 4 + 4) + (2 + 250 + 5 * 4 + 1) + (1 + 1 + 4 + 1 + 1),
  },
  {
    name: "vectors",
    wat: `(module (memory 1) (func (export "f") (result i32)
      (v128.store (i32.const 0) (i32x4.add (v128.const i32x4 1 2 3 4) (i32x4.splat (i32.const 10))))
      (i32x4.extract_lane 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
        (v128.load (i32.const 0)) (v128.load32_lane 0 (i32.const 0) (v128.const i64x2 0 0))))))`,
    call: ["f"],
    result: 13,
    fuel: 6 + 7,
  },
  {
    name: "tail calls",
    wat: `(module (func $down (export "f") (param i32 i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
      (return_call $down (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 2)))))`,
    call: ["f", 1000, 0],
    result: 2000,
    fuel: 1000 * (3 + 6 + 4) + 3 + 2,
    optional: true,
  },
  {
    name: "exceptions of the older kind",
    wat: `(module (tag $t (param i32))
      (func $g (param i32) (if (local.get 0) (then (throw $t (i32.const 5)))))
      (func (export "f") (result i32)
        try (result i32) (call $g (i32.const 1)) (i32.const 1) catch $t end))`,
    call: ["f"],
    result: 5,
    // What follows the call in the block is paid for with it.
    fuel: 1 + 4 + 1 + (2 + 1 + 1000),
    optional: true,
  },
  {
    name: "exceptions of the newer kind",
    wat: `(module (tag $t (param i32))
      (func $g (param i32) (if (local.get 0) (then (throw $t (i32.const 5)))))
      (func (export "f") (result i32)
        (block $h (result i32) (try_table (catch $t $h) (call $g (i32.const 1))) (i32.const 1))))`,
    call: ["f"],
    result: 5,
    fuel: 1 + 4 + (2 + 1 + 1000),
    optional: true,
  },
  {
    name: "extended constant expressions",
    wat: `(module (global $base (export "base") i32 (i32.const 4)) (memory 1)
      (global $more i32 (i32.add (i32.mul (i32.const 3) (i32.const 5)) (i32.const 1)))
      (data (offset (i32.sub (i32.const 20) (i32.const 4))) "x")
      (func (export "f") (result i32) (i32.load8_u (global.get $more))))`,
    call: ["f"],
    result: 120,
    fuel: 2,
    optional: true,
  },
  {
    name: "typed references to functions",
    wat: `(module (type $t (func (param i32) (result i32))) (elem declare func $inc)
      (func $inc (type $t) (i32.add (local.get 0) (i32.const 1)))
      (func $maybe (param (ref null $t)) (result i32)
        (block $none (return (call_ref $t (i32.const 41) (br_on_null $none (local.get 0))))) (i32.const 0))
      (func (export "f") (result i32)
        (i32.add (call $maybe (ref.func $inc)) (call $maybe (ref.null $t)))))`,
    call: ["f"],
    result: 42,
    fuel: 4 + 4 + (3 + 8 + 1 + 3) + 1 + 4 + (3 + 1) + 1,
    optional: true,
  },
  {
    name: "several memories",
    wat: `(module (memory $a 1) (memory $b 1 3)
      (func (export "f") (result i32)
        (i32.store $b (i32.const 4) (i32.const 9))
        (memory.copy $a $b (i32.const 0) (i32.const 0) (i32.const 8))
        (drop (memory.grow $b (i32.const 1)))
        (i32.add (i32.load $a (i32.const 4)) (memory.size $b))))`,
    call: ["f"],
    result: 11,
    fuel: 3 + (3 + 16 + 1) + (1 + 1000 + 1024 + 1) + 4,
    optional: true,
  },
];
