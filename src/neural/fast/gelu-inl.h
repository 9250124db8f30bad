// GELU for the kernels of this folder: x · (1 + erf(x / √2)) / 2 (Hendrycks and Gimpel 2016). Included once for each vector unit.
//
//   Exact    erf by Abramowitz and Stegun 7.1.26: no further off than 1.5e-7

#if defined(FIGMENT_NEURAL_FAST_GELU_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FIGMENT_NEURAL_FAST_GELU_INL_H_
#undef FIGMENT_NEURAL_FAST_GELU_INL_H_
#else
#define FIGMENT_NEURAL_FAST_GELU_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace figment::neural {
namespace HWY_NAMESPACE {

template <class D, class V>
HWY_INLINE V GeluOf(D d, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const auto one = hn::Set(d, 1.0F), z = hn::Mul(hn::Abs(x), hn::Set(d, 0.70710678F));
  const auto t = hn::Div(one, hn::MulAdd(z, hn::Set(d, 0.3275911F), one));
  auto p = hn::Set(d, 1.061405429F);
  for (const float a : {-1.453152027F, 1.421413741F, -0.284496736F, 0.254829592F}) p = hn::MulAdd(p, t, hn::Set(d, a));
  const auto erf = hn::NegMulAdd(hn::Mul(p, t), hn::Exp(d, hn::Neg(hn::Mul(z, z))), one);
  return hn::Mul(hn::Mul(hn::Set(d, 0.5F), x), hn::Add(one, hn::CopySign(erf, x)));
}

}  // namespace HWY_NAMESPACE
}  // namespace figment::neural
HWY_AFTER_NAMESPACE();

#endif
