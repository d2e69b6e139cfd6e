"""Reads a request: holds it against the checkpoint that it is for, and turns its prompt into tokens."""

from __future__ import annotations

from dataclasses import replace

from generation.engine.healing import HealablePrompt, make_healable, read_as_typed
from generation.engine.loading import LoadedCheckpoint
from generation.engine.parity import ResolvedCall, TransformersDraw, resolve
from generation.engine.sequence_group import OnEvent, SequenceGroup
from generation.engine.tokenizer import check_prompt
from generation.engine.window import visible_tail
from generation.errors import InvalidParams
from generation.messages import GenerationRequest, SamplingParams


def make_group(
    loaded: LoadedCheckpoint, request: GenerationRequest, deadline: float, on_event: OnEvent
) -> SequenceGroup:
    """Raises InvalidPrompt or InvalidParams."""
    check_prompt(request.prompt)
    _check_tokens(request.params, loaded.model.shape.vocab_size)
    if request.parity is not None:
        return _repeat(loaded, request, deadline, on_event)
    prompt = _read(loaded, request)
    return SequenceGroup(request, prompt, loaded.tokenizer, deadline, on_event)


def _read(loaded: LoadedCheckpoint, request: GenerationRequest) -> HealablePrompt:
    tokenizer, context_length = loaded.tokenizer, loaded.model.shape.context_length
    # Half the context at least is the prompt's; `<|endoftext|>` opens it.
    max_tokens = context_length - 1 - min(request.params.max_new_tokens, context_length // 2)
    text = visible_tail(request.prompt, tokenizer, max_tokens)
    if request.params.heal:
        return make_healable(text, tokenizer, max_tokens)
    return read_as_typed([tokenizer.end_of_text, *tokenizer.encode(text)[-max_tokens:]])


def _repeat(loaded: LoadedCheckpoint, request: GenerationRequest, deadline: float, on_event: OnEvent) -> SequenceGroup:
    """A group that decodes what transformers would, given the same weights."""
    assert request.parity is not None
    if loaded.dtype != "float32":
        raise InvalidParams(f"{loaded.name} is held in {loaded.dtype}, expected float32 for transformers' own tokens")
    call = resolve(request.parity, request.prompt, loaded.folder)
    _check_call(call, request, loaded)
    params = replace(
        SamplingParams(),
        num_continuations=len(call.input_ids),
        max_new_tokens=call.max_length - call.input_ids.shape[1],
        stop_at="none",
        num_alternatives=request.params.num_alternatives,
        max_time_ms=request.params.max_time_ms,
    )
    prompt = read_as_typed(call.input_ids[0].tolist())
    draw = TransformersDraw(call, request.parity.seed)
    return SequenceGroup(replace(request, params=params), prompt, loaded.tokenizer, deadline, on_event, draw)


def _check_call(call: ResolvedCall, request: GenerationRequest, loaded: LoadedCheckpoint) -> None:
    if len(call.input_ids) != request.num_rows:
        raise InvalidParams(
            f"the checkpoint's generation_config.json makes {len(call.input_ids)} sequences of a call that names no "
            f"num_return_sequences, expected it to be named"
        )
    context_length, num_tokens = loaded.model.shape.context_length, call.input_ids.shape[1]
    if not 0 < num_tokens < context_length:
        raise InvalidParams(f"the prompt has {num_tokens} tokens, expected 1 to {context_length - 1}")
    end_of_text = loaded.tokenizer.end_of_text
    if set(call.ends_of_text) != {end_of_text}:
        raise InvalidParams(f"generation_config.json ends texts with {call.ends_of_text}, expected {end_of_text} alone")


def _check_tokens(params: SamplingParams, vocab_size: int) -> None:
    for token_id, _ in params.logit_bias:
        if token_id >= vocab_size:
            raise InvalidParams(f"logit_bias has token {token_id}, expected one below {vocab_size}")
