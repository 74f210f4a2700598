/**
 * Chat templates: the Jinja language as Hugging Face Transformers sets it up for {@code
 * apply_chat_template}. A template is parsed once into a tree of functions and rendered many times;
 * what the language has and this package has not is refused by name when it is parsed.
 */
package dev.mirrorspark.template;
