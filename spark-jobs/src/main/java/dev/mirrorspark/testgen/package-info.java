/**
 * Test cases for programming problems that have none (Kimi k1.5, 2.3.5): generators' inputs, run
 * through reference submissions in the sandbox; a case is valid where enough of them agree, a
 * problem is kept where enough of them pass.
 */
package dev.mirrorspark.testgen;
