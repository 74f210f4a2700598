/**
 * The weights of a policy as tasks meet them: where they are found, the process-resident host that
 * rollouts share and an update changes in place, and the device of a task. It knows no algorithm.
 */
package dev.mirrorspark.policy;
