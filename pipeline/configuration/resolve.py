"""From settings to the plain values that training takes: every ``auto`` decided, every combination checked."""

import dataclasses
import itertools
import re

import numpy as np
import psutil

from pipeline.configuration.settings import NetworkSettings, OptimizerSettings, Settings
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.augmentation import Augmentation
from pipeline.feed.schema import CLASSIFICATION
from pipeline.nn.activations import OUTPUT_ONLY, parse
from pipeline.nn.optimizers import Rules
from pipeline.nn.regularizers import Penalty
from pipeline.nn.schedules import Schedule
from pipeline.training.build import target_values
from pipeline.training.heads import AUTO, head
from pipeline.training.hyperparameters import Hyperparameters, Scheme
from pipeline.training.loop import Plan
from pipeline.training.stopping import Limits

COPIES = 3  # of the weights, at the least: they, their gradient and the best so far


def hyperparameters(settings: Settings, card: Card) -> Hyperparameters:
    """Settings as the plain values that training takes on the data of ``card``.

    Raises:
        HoldoutError: values that are each allowed but can't be used together, or not with these data.
    """
    optimizer, regularizer, network = settings.optimizer, settings.regularizer, settings.network
    _check_momentum(optimizer)
    _check_factors(settings)
    _check_components(settings.preprocessing.components)
    output, loss = _head(network, card.task)
    plan = Plan(
        optimizer.learning_rate, optimizer.batch_size, regularizer.dropout, regularizer.input_dropout, network.engine
    )
    values = Hyperparameters(
        hidden=tuple(network.hidden),
        activations=_activations(network),
        output=output,
        loss=loss,
        plan=plan,
        limits=Limits(**dataclasses.asdict(settings.stopping)),
        seed=settings.seed,
        dtype=network.dtype,
        guard=network.guard,
        initializer=settings.initializer.name,
        sigma=settings.initializer.sigma,
        preprocessing=settings.preprocessing.name,
        components=settings.preprocessing.components,
        rules=_rules(optimizer),
        penalty=Penalty(regularizer.l2, regularizer.l1),
        schedule=Schedule(**dataclasses.asdict(settings.schedule)),
        layer_rates=optimizer.layer_rates,
        rate_factors=tuple(optimizer.rate_factors),
        sampling=settings.sampling.name,
        augmentation=_augmentation(settings, card),
        scheme=Scheme(settings.validation.name, settings.validation.folds),
    )
    _check_guard(values)
    _check_size(values, card)
    return values


def _rules(optimizer: OptimizerSettings) -> Rules:
    names = ("name", "momentum", "beta1", "beta2", "epsilon", "clip")
    return Rules(**{name: getattr(optimizer, name) for name in names})


def _check_momentum(optimizer: OptimizerSettings) -> None:
    if optimizer.name not in ("momentum", "nesterov") and optimizer.momentum:
        raise HoldoutError(
            f"settings: optimizer.momentum={optimizer.momentum} has no effect with optimizer.name={optimizer.name}: "
            "use optimizer=momentum or optimizer=nesterov"
        )


def _check_factors(settings: Settings) -> None:
    factors, layers = settings.optimizer.rate_factors, len(settings.network.hidden) + 1
    if factors and len(factors) != layers:
        raise HoldoutError(
            f"settings: optimizer.rate_factors names {len(factors)} factors for {layers} layers: name all or none"
        )


def _check_components(components: float) -> None:
    if components > 1 and components != int(components):
        raise HoldoutError(
            f"settings: preprocessing.components={components} is not allowed: it must be whole, or a share below 1"
        )


def _augmentation(settings: Settings, card: Card) -> Augmentation:
    how = Augmentation(**dataclasses.asdict(settings.augmentation))
    if how.geometric and card.image_shape is None:
        raise HoldoutError(
            "settings: augmentation.rotation, shift and elastic need rows that are images; "
            f"{card.source} has none: set them to 0 (noise works on any rows)"
        )
    return how


def _check_size(values: Hyperparameters, card: Card) -> None:
    """Refuse weights that this machine has no memory for, before any is taken."""
    sizes = (len(card.features), *values.hidden, len(card.classes) or 1)
    weights = sum((before + 1) * units for before, units in itertools.pairwise(sizes))
    needed, free = COPIES * weights * np.dtype(values.dtype).itemsize, psutil.virtual_memory().available
    if needed > free:
        raise HoldoutError(
            f"settings: network.hidden={list(values.hidden)} is not allowed: training {weights:,} weights takes "
            f"{needed / 2**30:.1f} GiB, free are {free / 2**30:.1f} GiB; use fewer units"
        )


def _check_guard(values: Hyperparameters) -> None:
    try:
        target_values(values)
    except ValueError as error:
        raise HoldoutError(f"settings: network.guard={values.guard} is not allowed: {error}") from None


def _parsed(key: str, name: str) -> str:
    try:
        parse(name)
    except ValueError as error:
        raise HoldoutError(f"settings: {key}={name} is not allowed: {error}") from None
    return name


def _activations(network: NetworkSettings) -> tuple[str, ...]:
    names = [name.strip() for name in re.split(r",(?![^()]*\))", network.activation)]
    for name in names:
        if _parsed("network.activation", name) in OUTPUT_ONLY:
            raise HoldoutError(f"settings: network.activation={name} is not allowed: it is for outputs only")
    if len(names) == 1:
        return tuple(names) * len(network.hidden)
    if len(names) != len(network.hidden):
        layers = f"{len(network.hidden)} hidden layers"
        raise HoldoutError(f"settings: network.activation names {len(names)} activations for {layers}: name 1 or all")
    return tuple(names)


def _head(network: NetworkSettings, task: str) -> tuple[str, str]:
    if network.output != AUTO:
        _parsed("network.output", network.output)
    try:
        return head(network.output, network.loss, task == CLASSIFICATION)
    except ValueError as error:
        raise HoldoutError(f"settings: {error}") from None
