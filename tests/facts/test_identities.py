"""Identities that cards of the decks state, computed again from their definitions. Plain Python, no sampling."""

import math
from itertools import pairwise

import pytest

# --- diffusion: decks/diffusion/ddpm.yaml, ddim.yaml, classifier-guidance.yaml

BETAS = [1e-4 + (0.02 - 1e-4) * t / 999 for t in range(1000)]
ALPHA_BAR = [math.prod(1 - b for b in BETAS[: t + 1]) for t in range(0, 1000, 1)]


def test_ddpm_closed_form_is_the_composition_of_its_steps():
    mean, variance = 1.0, 0.0
    for beta in BETAS[:400]:
        mean, variance = math.sqrt(1 - beta) * mean, (1 - beta) * variance + beta
    assert mean == pytest.approx(math.sqrt(ALPHA_BAR[399]))
    assert variance == pytest.approx(1 - ALPHA_BAR[399])


def test_ddpm_posterior_is_the_product_of_two_gaussians_and_its_mean_follows_from_the_noise():
    t, x0, xt = 400, 0.7, -0.3
    before, now, beta = ALPHA_BAR[t - 1], ALPHA_BAR[t], BETAS[t]
    precision = 1 / (1 - before) + (1 - beta) / beta
    mean = (math.sqrt(before) * x0 / (1 - before) + math.sqrt(1 - beta) * xt / beta) / precision
    noise = (xt - math.sqrt(now) * x0) / math.sqrt(1 - now)
    assert 1 / precision == pytest.approx((1 - before) / (1 - now) * beta)
    assert mean == pytest.approx(
        math.sqrt(before) * beta / (1 - now) * x0 + math.sqrt(1 - beta) * (1 - before) / (1 - now) * xt
    )
    assert mean == pytest.approx((xt - beta / math.sqrt(1 - now) * noise) / math.sqrt(1 - beta))


def test_ddim_with_full_noise_has_the_posterior_variance_of_ddpm():
    t = 400
    before, now = ALPHA_BAR[t - 1], ALPHA_BAR[t]
    sigma = math.sqrt((1 - before) / (1 - now)) * math.sqrt(1 - now / before)
    assert sigma**2 == pytest.approx((1 - before) / (1 - now) * BETAS[t])


def test_classifier_free_guidance_extrapolates_between_two_scores():
    conditional, unconditional, w = 1.7, 0.4, 3.0
    assert (1 + w) * conditional - w * unconditional == pytest.approx(
        unconditional + (1 + w) * (conditional - unconditional)
    )


# --- alignment: decks/llm/dpo.yaml


def test_the_dpo_reward_difference_does_not_depend_on_the_partition_function():
    reference, reward, beta = [0.5, 0.3, 0.2], [1.0, -0.5, 2.0], 0.3
    weights = [p * math.exp(r / beta) for p, r in zip(reference, reward, strict=True)]
    z = sum(weights)
    policy = [weight / z for weight in weights]
    implicit = [beta * math.log(p / q) for p, q in zip(policy, reference, strict=True)]
    for r, back in zip(reward, implicit, strict=True):
        assert r == pytest.approx(back + beta * math.log(z))
    assert reward[0] - reward[1] == pytest.approx(implicit[0] - implicit[1])


def test_the_dpo_policy_maximises_the_regularised_objective():
    reference, reward, beta = [0.5, 0.3, 0.2], [1.0, -0.5, 2.0], 0.3

    def value(policy):
        return sum(
            p * (r - beta * math.log(p / q)) for p, r, q in zip(policy, reward, reference, strict=True)
        )

    weights = [p * math.exp(r / beta) for p, r in zip(reference, reward, strict=True)]
    best = [weight / sum(weights) for weight in weights]
    for shift in (1e-3, -1e-3):
        moved = [best[0] + shift * best[0], best[1], best[2] - shift * best[0]]
        assert value(best) > value(moved)


# --- attention: decks/llm/flash-attention.yaml, mha-to-mla.yaml


def test_online_softmax_is_softmax():
    scores, values = [0.3, -2.0, 5.0, 4.9, 1.1], [1.0, 2.0, -3.0, 0.5, 4.0]
    largest, total, output = -math.inf, 0.0, 0.0
    for score, value in zip(scores, values, strict=True):
        new = max(largest, score)
        scale, weight = math.exp(largest - new), math.exp(score - new)
        total = total * scale + weight
        output, largest = output * scale + weight * value, new
    weights = [math.exp(score) for score in scores]
    assert output / total == pytest.approx(
        sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    )


def test_kv_cache_sizes_of_the_attention_variants():
    heads, width, rope = 128, 128, 64
    latent = 4 * width
    assert 2 * heads * width == 32_768
    assert latent + rope == 576
    assert (latent + rope) / (2 * width) == 2.25


# --- generative: decks/generative/vae.yaml, reparameterization.yaml, normalizing-flow.yaml


def integral(function, low, high, steps=20_000):
    width = (high - low) / steps
    return sum(function(low + (n + 0.5) * width) for n in range(steps)) * width


def normal(x, mean=0.0, deviation=1.0):
    return math.exp(-((x - mean) ** 2) / (2 * deviation**2)) / (deviation * math.sqrt(2 * math.pi))


def test_the_divergence_of_a_gaussian_from_the_standard_one():
    mean, deviation = 0.4, 0.6

    def integrand(x):
        p = normal(x, mean, deviation)
        return p * math.log(p / normal(x))

    closed = (mean**2 + deviation**2 - math.log(deviation**2) - 1) / 2
    assert integral(integrand, -5, 6) == pytest.approx(closed, abs=1e-6)


def test_gumbel_max_samples_the_softmax():
    logits = [0.2, 1.5, -0.7]
    total = sum(map(math.exp, logits))

    def wins(index):
        def density(g):
            own = math.exp(-(g + math.exp(-g)))
            others = (
                math.exp(-math.exp(-(g + logits[index] - o))) for n, o in enumerate(logits) if n != index
            )
            return own * math.prod(others)

        return integral(density, -8, 30)

    assert [wins(n) for n in range(3)] == pytest.approx([math.exp(o) / total for o in logits], abs=1e-5)


def test_change_of_variables_keeps_the_mass_of_a_toy_flow():
    def density(x):
        return normal(math.sinh(x)) * math.cosh(x)

    assert integral(density, -6, 6) == pytest.approx(1)


# --- vision and search: decks/vision/efficientnet.yaml, decks/search/reranking.yaml


def test_the_compound_scaling_constants_double_the_cost():
    depth, width, resolution = 1.2, 1.1, 1.15
    assert depth * width**2 * resolution**2 == pytest.approx(2, abs=0.1)


def test_the_monotonic_deque_finds_the_maximum_of_every_window():
    from collections import deque

    numbers, size = [1, 3, -1, -3, 5, 3, 6, 7, 7, 2], 3
    found, waiting, steps = [], deque(), 0
    for n, number in enumerate(numbers):
        while waiting and numbers[waiting[-1]] <= number:
            waiting.pop()
            steps += 1
        waiting.append(n)
        if waiting[0] <= n - size:
            waiting.popleft()
        if n >= size - 1:
            found.append(numbers[waiting[0]])
        assert all(numbers[a] > numbers[b] for a, b in pairwise(waiting))
    assert found == [max(numbers[n : n + size]) for n in range(len(numbers) - size + 1)]
    assert steps <= len(numbers)
